"""Tests train_and_evaluate with several EvalSpecs."""

import importlib
import json
import os

import pytest

from tests import tiny
from tests.training import recording
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.records import train_eval_spec

training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


def run(model_dir, specs, max_steps=4, count=None):
  return training.train_and_evaluate(
    tiny.estimator(model_dir, save_checkpoints_steps=2),
    train_eval_spec.TrainSpec(tiny.batches(count), max_steps),
    specs,
  )


def test_all_are_evaluated_on_each_checkpoint(model_dir):
  """In their order, each with its hooks, exporters and directory."""
  calls = []

  metrics, exported = run(
    model_dir, [recording.spec(calls, 'a'), recording.spec(calls, None)]
  )

  assert calls == (
    [
      'eval_a',
      'to_a2',
      'eval_None',
      'to_None2',
      'eval_a',
      'to_a4!',
      'eval_None',
      'to_None4!',
    ]
  )
  assert exported == {'a': [4], None: [4]}
  assert {name: int(m['global_step']) for name, m in metrics.items()} == {
    'a': 4,
    None: 4,
  }
  for folder in ('eval_a', 'eval'):
    written = eval_metrics.read_eval_metrics(os.path.join(model_dir, folder))
    assert list(written) == [2, 4]


def test_each_has_its_throttle(model_dir):
  """One that waits is evaluated at the end, with the others."""
  calls = []

  run(
    model_dir,
    (
      recording.spec(calls, 'often'),
      recording.spec(calls, 'rare', throttle_secs=600),
    ),
    max_steps=6,
  )

  seen = [call for call in calls if call.startswith('to_')]
  assert seen == (
    ['to_often2', 'to_rare2', 'to_often4', 'to_often6!', 'to_rare6!']
  )


def test_input_that_ends(model_dir):
  """All are evaluated on the last checkpoint."""
  calls = []

  run(
    model_dir,
    [recording.spec(calls, 'a'), recording.spec(calls, 'b')],
    None,
    count=3,
  )

  assert [call for call in calls if call.startswith('to_')] == (
    ['to_a2', 'to_b2', 'to_a3', 'to_b3']
  )


def test_one_in_a_list(model_dir):
  """A list of one gives dicts, too."""
  metrics, exported = run(model_dir, [recording.spec([], 'a')])

  assert list(metrics) == ['a']
  assert exported == {'a': [4]}


@pytest.mark.parametrize(
  'make, error, message',
  [
    (list, ValueError, 'has no EvalSpec'),
    (
      lambda: [recording.spec([], 'a'), 3],
      TypeError,
      '`eval_spec` must have type',
    ),
    (
      lambda: [recording.spec([], 'a'), recording.spec([], 'a')],
      ValueError,
      'different names',
    ),
    (
      lambda: [recording.spec([], None), recording.spec([], '')],
      ValueError,
      'different names',
    ),
    (
      lambda: [
        recording.spec([], 'a'),
        recording.spec([], 'b')._replace(
          exporters=(recording.Exporter('to_a', []),)
        ),
      ],
      ValueError,
      'unique names',
    ),
  ],
)
def test_refused(make, error, message, model_dir):
  """Nothing is trained with specs that would get in each other's way."""
  with pytest.raises(error, match=message):
    run(model_dir, make())
  assert not os.path.exists(model_dir)


def test_evaluator_role(model_dir, monkeypatch):
  """It evaluates all on the checkpoint that it found, each in its time."""
  calls = []
  trainer = tiny.estimator(model_dir, save_checkpoints_steps=2)
  trainer.train(tiny.batches(), max_steps=2)
  monkeypatch.setenv(
    'TF_CONFIG',
    json.dumps(
      {
        'cluster': {'chief': ['127.0.0.1:1']},
        'task': {'type': 'evaluator', 'index': 0},
      }
    ),
  )
  now = [0.0]
  waited = []

  def sleep(seconds):
    waited.append(seconds)
    now[0] += seconds
    if now[0] < 25:
      return
    trainer.train(tiny.batches(), max_steps=4)

  training.Executor(
    tiny.estimator(model_dir),
    train_eval_spec.TrainSpec(tiny.batches(), 4),
    [
      recording.spec(calls, 'a', throttle_secs=10, start_delay_secs=3),
      recording.spec(calls, 'b', throttle_secs=25, start_delay_secs=5),
    ],
    sleep=sleep,
    clock=lambda: now[0],
  ).run()

  # a at 3, 13, 23 and 33, b at 5 and 30; the checkpoint of step 4 is there from
  # the time 30 on.
  assert waited[:2] == [3, 2]
  assert [call for call in calls if call.startswith('to_')] == (
    ['to_a2', 'to_b2', 'to_b4!', 'to_a4!']
  )


def test_master_role(model_dir, monkeypatch):
  """A master evaluates all, too."""
  monkeypatch.setenv(
    'TF_CONFIG',
    json.dumps(
      {
        'cluster': {'master': ['127.0.0.1:1']},
        'task': {'type': 'master', 'index': 0},
      }
    ),
  )
  calls = []

  run(model_dir, [recording.spec(calls, 'a'), recording.spec(calls, 'b')])

  assert [call for call in calls if call.startswith('to_')] == (
    ['to_a2', 'to_b2', 'to_a4!', 'to_b4!']
  )
