"""Tests what train_and_evaluate does in each role of a cluster."""

import importlib
import json

import pytest
import tensorflow as tf

from tests import tiny
from tests.training import watched
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation

# In the package, the public function of this name stands before the module.
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


def _role(monkeypatch, tmp_path, task_type, index=0, nodes=None):
  """An estimator that TF_CONFIG gives a role."""
  task = {'type': task_type, 'index': index}
  tf_config = {'cluster': nodes or {'chief': ['a:1']}, 'task': task}
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  estimator = watched.estimator(tmp_path)
  monkeypatch.delenv('TF_CONFIG')
  return estimator


def test_chief_trains_only(monkeypatch, tmp_path):
  """A chief leaves evaluation to an evaluator."""
  calls = []
  estimator = _role(monkeypatch, tmp_path, 'chief')
  assert watched.run(estimator, calls, max_steps=3) is None
  assert calls == ['end']
  assert estimator.get_variable_value('global_step') == 3


def test_master_evaluates(monkeypatch, tmp_path):
  """A master does both, as a local run does, and returns nothing."""
  calls = []
  nodes = {'master': ['a:1']}
  estimator = _role(monkeypatch, tmp_path, 'master', nodes=nodes)
  assert watched.run(estimator, calls, max_steps=2) is None
  assert calls == ['eval@2', 'e@2 final=True', 'end']


_CROWD = {'chief': ['a:1'], 'worker': ['b:1'], 'odd': ['d:1']}


@pytest.mark.parametrize(
  ('task_type', 'error', 'message'),
  [
    ('chief', RuntimeError, 'task chief 0 of a cluster whose tasks share'),
    ('worker', RuntimeError, 'task worker 0 of a cluster'),
    ('odd', ValueError, 'Task type odd is not supported'),
  ],
)
def test_roles_that_cannot_run(
  monkeypatch, tmp_path, task_type, error, message
):
  """A role that shares nothing with its peers is refused with a way out."""
  estimator = _role(monkeypatch, tmp_path, task_type, nodes=_CROWD)
  with pytest.raises(error, match=message):
    watched.run(estimator, [])


@pytest.mark.parametrize('job', ['chief', 'worker', 'master'])
def test_strategies_of_one_process(monkeypatch, tmp_path, job):
  """Several tasks under one are refused: each would train a model of its own."""
  leader = 'master' if job == 'master' else 'chief'
  nodes = {leader: ['a:1'], 'worker': ['b:1'], 'ps': ['c:1']}
  task = {'type': job, 'index': 0}
  tf_config = json.dumps({'cluster': nodes, 'task': task})
  monkeypatch.setenv('TF_CONFIG', tf_config)
  estimator = tiny.estimator(
    tmp_path, train_distribute=tf.distribute.OneDeviceStrategy('/cpu:0')
  )
  with pytest.raises(RuntimeError, match='trains in one process, which shares'):
    watched.run(estimator, [])


def test_one_evaluator_only(monkeypatch, tmp_path):
  """A second evaluator is refused."""
  estimator = _role(monkeypatch, tmp_path, 'evaluator', index=1)
  with pytest.raises(ValueError, match='only be one `evaluator`.* id 1'):
    watched.run(estimator, [])


def _evaluator(sleep, listener=None):
  """Runs an Executor as evaluator on a clock that only `sleep` moves."""

  def run(estimator, train_spec, eval_spec):
    return training.Executor(
      estimator, train_spec, eval_spec, listener, sleep, clock=lambda: 0.0
    ).run()

  return run


def test_evaluator(monkeypatch, tmp_path, caplog):
  """An evaluator follows the checkpoints of another process to max_steps."""
  trainer = watched.estimator(tmp_path)
  estimator = _role(monkeypatch, tmp_path, 'evaluator')
  calls = []
  waits = []

  def sleep(seconds):
    waits.append(seconds)
    if len(waits) in (3, 5):
      trainer.train(tiny.batches(), steps=2)

  with caplog.at_level('INFO', logger='tensorflow'):
    result = watched.run(
      estimator,
      calls,
      max_steps=4,
      start_delay_secs=7,
      throttle_secs=3,
      executor=_evaluator(sleep),
    )
  assert result is None
  assert calls == ['eval@2', 'e@2 final=False', 'eval@4', 'e@4 final=True']
  assert waits == [7, 3, 3, 3, 3]
  warnings = [r.getMessage() for r in caplog.records if r.levelname != 'INFO']
  assert [w.split('.')[0] for w in warnings] == [
    'Estimator is not trained yet',
    'No new checkpoint ready for evaluation',
  ]
  assert 'Waiting 7.000000 secs before starting eval.' in caplog.messages
  exiting = 'Exiting evaluation, global_step=4 >= train max_steps=4'
  assert caplog.messages[-1] == exiting


@pytest.mark.parametrize('limits', [{'before': 2}, {'after': 2}])
def test_listener_ends_the_evaluator(monkeypatch, tmp_path, limits):
  """Attempts that find no checkpoint count as well."""
  listener = watched.Limited(**limits)
  estimator = _role(monkeypatch, tmp_path, 'evaluator')
  executor = _evaluator(lambda seconds: None, listener)
  watched.run(estimator, [], throttle_secs=3, executor=executor)
  missing = checkpoint_evaluation.EvalStatus.MISSING_CHECKPOINT
  assert [r.status for r in listener.results] == [missing, missing]


def test_checkpoint_removed_meanwhile(monkeypatch, tmp_path):
  """A checkpoint that the trainer removes under the evaluator is let go."""
  trainer = tiny.estimator(
    tmp_path, save_checkpoints_steps=1, keep_checkpoint_max=1
  )
  trainer.train(tiny.batches(), steps=1)
  estimator = _role(monkeypatch, tmp_path, 'evaluator')
  calls = []
  trained = []

  def input_fn():
    if not trained:
      trained.append(1)
      trainer.train(tiny.batches(), steps=2)
    return tiny.batches(1)()

  training.Executor(
    estimator,
    train_eval_spec.TrainSpec(tiny.batches(), max_steps=3),
    train_eval_spec.EvalSpec(
      input_fn, start_delay_secs=0, hooks=[watched.Evaluated(calls)]
    ),
    sleep=lambda seconds: None,
  ).run()
  assert calls == ['eval@3']
