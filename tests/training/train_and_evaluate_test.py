"""Tests train_and_evaluate against the reference's recorded behaviour."""

import importlib
import json
import os
import pathlib

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.estimator import estimator as estimator_lib
from tfcompat_estimator.spec import exporter as exporter_lib
from tfcompat_estimator.spec import run_config, train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation

v1 = tf.compat.v1
# In the package, the public function of this name stands before the module.
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


class _Exporter(exporter_lib.Exporter):
  """Writes down its calls; returns the step, or None while not final."""

  def __init__(self, calls, name='e', only_final=False):
    self._calls = calls
    self._name = name
    self._only_final = only_final

  @property
  def name(self):
    return self._name

  def export(self, *, estimator, export_path, checkpoint_path, **how):
    step = int(how['eval_result']['global_step'])
    assert checkpoint_path.endswith(f'model.ckpt-{step}')
    assert export_path == os.path.join(
      estimator.model_dir, 'export', self._name
    )
    is_final = how['is_the_final_export']
    self._calls.append(f'{self._name}@{step} final={is_final}')
    return step if is_final or not self._only_final else None


class _Evaluated(v1.train.SessionRunHook):
  """Writes down at which step an evaluation was."""

  def __init__(self, calls):
    self._calls = calls

  def end(self, session):
    step = session.run(v1.train.get_global_step())
    self._calls.append(f'eval@{step}')


def _run(
  estimator,
  calls,
  count=None,
  max_steps=5,
  stop_after=None,
  exporters=None,
  executor=training.train_and_evaluate,
  **eval_arguments,
):
  """Trains and evaluates, writing down evaluations, exports and the end."""

  class End(v1.train.SessionRunHook):
    def end(self, session):
      calls.append('end')

  hooks = [End()]
  if stop_after:
    hooks.append(tiny.Recorder([], 'S', stop_after))
  train_spec = train_eval_spec.TrainSpec(tiny.batches(count), max_steps, hooks)
  defaults = {'throttle_secs': 0, 'start_delay_secs': 0, 'steps': 1}
  eval_spec = train_eval_spec.EvalSpec(
    tiny.batches(),
    hooks=[_Evaluated(calls)],
    exporters=_Exporter(calls) if exporters is None else exporters,
    **{**defaults, **eval_arguments},
  )
  return executor(estimator, train_spec, eval_spec)


def _estimator(tmp_path):
  return tiny.estimator(tmp_path, save_checkpoints_steps=2)


# What the reference does, but for the final flag of ends that max_steps did not
# bring about: there it is never True.
_RUNS = {
  'to max_steps': ({}, 'eval@2 e@2 eval@4 e@4 eval@5 E@5 end'),
  'throttled': ({'throttle_secs': 600}, 'eval@2 e@2 eval@5 E@5 end'),
  'start_delay_secs has no effect': (
    {'start_delay_secs': 120},
    'eval@2 e@2 eval@4 e@4 eval@5 E@5 end',
  ),
  'max_steps at a save': (
    {'max_steps': 4},
    'eval@2 e@2 eval@4 E@4 end',
  ),
  'input ends': ({'count': 3}, 'eval@2 e@2 eval@3 e@3 end'),
  'input ends, throttled': (
    {'count': 3, 'throttle_secs': 600},
    'eval@2 e@2 eval@3 E@3 end',
  ),
  'input ends after a step': (
    {'count': 1, 'throttle_secs': 600},
    'eval@1 e@1 end',
  ),
  'input ends, no max_steps': (
    {'count': 3, 'max_steps': None},
    'eval@2 e@2 eval@3 e@3 end',
  ),
  'no input': ({'count': 0}, 'eval@0 E@0 end'),
  'a hook stops': ({'stop_after': 3}, 'eval@2 e@2 eval@3 e@3 end'),
  'a hook stops at a save': ({'stop_after': 2}, 'eval@2 e@2 end'),
  'a hook stops, throttled': (
    {'stop_after': 4, 'throttle_secs': 600},
    'eval@2 e@2 eval@4 E@4 end',
  ),
}


@pytest.mark.parametrize('name', _RUNS)
def test_evaluations_and_exports(tmp_path, name):
  """Each checkpoint but the first is evaluated and exported, then the end."""
  arguments, expected = _RUNS[name]
  calls = []
  metrics, results = _run(_estimator(tmp_path), calls, **arguments)
  said = [
    f'{"E" if call.endswith("True") else "e"}@{call.split()[0][2:]}'
    if call.startswith('e@')
    else call
    for call in calls
  ]
  assert ' '.join(said) == expected
  last = int(expected.split()[-2][2:])
  assert metrics['global_step'] == last
  assert metrics['loss'] == pytest.approx(tiny.loss_at(last))
  assert results == [last]


def test_resumed_training(tmp_path):
  """The checkpoint that training resumes from is not evaluated again."""
  estimator = _estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  calls = []
  metrics, _ = _run(estimator, calls, max_steps=6)
  assert calls == [
    'eval@5',
    'e@5 final=False',
    'eval@6',
    'e@6 final=True',
    'end',
  ]
  assert metrics['global_step'] == 6


def test_max_steps_reached_before(tmp_path):
  """Nothing is left to do, so nothing is evaluated."""
  estimator = _estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  calls = []
  assert _run(estimator, calls, max_steps=3) == (None, None)
  assert calls == []


@pytest.mark.parametrize(
  ('arguments', 'expected'),
  [
    ({}, [False, False, True]),
    ({'count': 3}, [False, False, True]),
    ({'stop_after': 2}, [False, True]),
    ({'count': 3, 'throttle_secs': 600}, [False, True]),
  ],
)
def test_final_export_at_any_end(tmp_path, arguments, expected):
  """An exporter that waits for the end gets to export, however it came."""
  calls = []
  exporter = _Exporter(calls, only_final=True)
  _, results = _run(
    _estimator(tmp_path), calls, exporters=exporter, **arguments
  )
  flags = [c.endswith('True') for c in calls if c.startswith('e@')]
  assert flags == expected
  assert results[0] is not None


def test_exporters_run_in_order(tmp_path):
  """Exporters are called as listed, and their results returned so."""
  calls = []
  exporters = [_Exporter(calls, 'b'), _Exporter(calls, 'a', only_final=True)]
  _, results = _run(
    _estimator(tmp_path), calls, exporters=exporters, max_steps=3
  )
  assert [c for c in calls if '@' in c and not c.startswith('eval')] == [
    'b@2 final=False',
    'a@2 final=False',
    'b@3 final=True',
    'a@3 final=True',
  ]
  assert results == [3, 3]


def test_order_of_all_calls(tmp_path, goldens):
  """Hooks, listeners and exporters are called in the recorded order."""
  calls = []

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    return spec._replace(
      training_chief_hooks=[tiny.Recorder(calls, 'spec_chief')],
      training_hooks=[tiny.Recorder(calls, 'spec_training')],
      evaluation_hooks=[tiny.Recorder(calls, 'spec_eval')],
    )

  class MyExporter(_Exporter):
    def export(self, **arguments):
      path, checkpoint, keys, final = (
        arguments['export_path'].removeprefix(str(tmp_path)),
        arguments['checkpoint_path'].removeprefix(str(tmp_path)),
        sorted(arguments['eval_result']),
        arguments['is_the_final_export'],
      )
      calls.append(
        f'exporter.export(path={path}, ckpt={checkpoint}, keys={keys}, '
        f'final={final})'
      )
      return 'R78'

  estimator = estimator_lib.EstimatorV2(
    model_fn, str(tmp_path), run_config.RunConfig(save_checkpoints_steps=2)
  )
  result = training.train_and_evaluate(
    estimator,
    train_eval_spec.TrainSpec(
      tiny.batches(),
      max_steps=5,
      hooks=[tiny.Recorder(calls, 'T')],
      saving_listeners=[tiny.SaveRecorder(calls, 'L1')],
    ),
    train_eval_spec.EvalSpec(
      tiny.batches(),
      steps=1,
      hooks=[tiny.Recorder(calls, 'V')],
      exporters=MyExporter(calls, 'myexp'),
      throttle_secs=0,
    ),
  )
  recorded = (goldens / 'train_and_evaluate_order.txt').read_text('utf-8')
  assert calls == recorded.replace('\n', ' → ').split(' → ')
  assert result[1] == ['R78']
  assert list(result[0]) == ['loss', 'm', 'global_step']


def test_throttle_by_the_clock(tmp_path, caplog):
  """Evaluations are at least throttle_secs apart, by the clock given."""
  now = [0.0]

  class Tick(v1.train.SessionRunHook):
    def after_run(self, run_context, run_values):
      now[0] += 1

  calls = []
  estimator = tiny.estimator(tmp_path, save_checkpoints_steps=1)

  def executor(estimator, train_spec, eval_spec):
    train_spec = train_spec._replace(hooks=[*train_spec.hooks, Tick()])
    return training.Executor(
      estimator, train_spec, eval_spec, clock=lambda: now[0]
    ).run()

  with caplog.at_level('INFO', logger='tensorflow'):
    _run(estimator, calls, max_steps=8, throttle_secs=3, executor=executor)
  evaluated = [call for call in calls if call.startswith('eval')]
  assert evaluated == ['eval@1', 'eval@4', 'eval@7', 'eval@8']
  skipped = 'Skip the current checkpoint eval due to throttle secs (3 secs).'
  assert caplog.messages.count(skipped) == 5


@pytest.mark.parametrize('where', ['evaluate', 'export'])
def test_errors_end_training(tmp_path, where):
  """What an evaluation or exporter raises stops training and propagates."""

  class Failing(_Exporter):
    def export(self, **arguments):
      raise RuntimeError('boom')

  def input_fn():
    raise RuntimeError('boom')

  eval_spec = train_eval_spec.EvalSpec(
    input_fn if where == 'evaluate' else tiny.batches(1),
    exporters=Failing([]),
  )
  estimator = _estimator(tmp_path)
  with pytest.raises(RuntimeError, match='boom'):
    training.train_and_evaluate(
      estimator, train_eval_spec.TrainSpec(tiny.batches(), 5), eval_spec
    )
  assert estimator.latest_checkpoint().endswith('model.ckpt-2')


@pytest.mark.parametrize(
  ('position', 'message'),
  [
    (0, "`estimator` must have type `tf.estimator.Estimator`. Got: .*'str'"),
    (1, "`train_spec` must have type `tf.estimator.TrainSpec`. Got: .*'str'"),
    (2, "`eval_spec` must have type `tf.estimator.EvalSpec`. Got: .*'str'"),
  ],
)
def test_wrong_types(tmp_path, position, message):
  """Each argument is checked and named."""
  arguments = [
    _estimator(tmp_path),
    train_eval_spec.TrainSpec(tiny.batches()),
    train_eval_spec.EvalSpec(tiny.batches()),
  ]
  arguments[position] = 'x'
  with pytest.raises(TypeError, match=message):
    training.train_and_evaluate(*arguments)


def test_checkpoints_are_needed(tmp_path):
  """Without checkpoints there is nothing to evaluate."""
  estimator = tiny.estimator(tmp_path, save_checkpoints_steps=None)
  with pytest.raises(ValueError, match='should be a CheckpointSaverHook'):
    _run(estimator, [])


class _Limited(checkpoint_evaluation.EvalListener):
  """Ends it before or after some evaluation."""

  def __init__(self, before=None, after=None):
    self._before = before
    self._after = after
    self.results = []

  def before_eval(self):
    return len(self.results) != self._before

  def after_eval(self, result):
    self.results.append(result)
    return len(self.results) != self._after


@pytest.mark.parametrize(
  ('limits', 'evaluated'),
  [
    ({'before': 0}, []),
    ({'before': 1}, ['eval@2']),
    ({'after': 1}, ['eval@2']),
    ({'after': 2}, ['eval@2', 'eval@4']),
  ],
)
def test_listener_ends_training(tmp_path, limits, evaluated):
  """Training stops when the listener of evaluations does not want to go on."""
  listener = _Limited(**limits)
  calls = []
  estimator = _estimator(tmp_path)

  def executor(*arguments):
    return training.Executor(*arguments, listener=listener).run()

  _run(estimator, calls, max_steps=20, executor=executor)
  assert [call for call in calls if call.startswith('eval')] == evaluated
  last = {'before': 4, 'after': 2}[next(iter(limits))]
  expected = (
    2 if limits == {'before': 0} else last + 2 * (limits == {'after': 2})
  )
  assert estimator.get_variable_value('global_step') == expected
  statuses = {result.status for result in listener.results}
  assert statuses <= {checkpoint_evaluation.EvalStatus.EVALUATED}


def test_files(tmp_path):
  """Evaluations with a name write to a directory of their own."""
  _run(_estimator(tmp_path), [], max_steps=2, name='foo')
  names = {p.name for p in pathlib.Path(tmp_path).iterdir()}
  assert {'eval_foo', 'checkpoint', 'graph.pbtxt'} <= names
  assert 'eval' not in names


def _role(monkeypatch, tmp_path, task_type, index=0, nodes=None):
  """An estimator that TF_CONFIG gives a role."""
  task = {'type': task_type, 'index': index}
  tf_config = {'cluster': nodes or {'chief': ['a:1']}, 'task': task}
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  estimator = _estimator(tmp_path)
  monkeypatch.delenv('TF_CONFIG')
  return estimator


def test_chief_trains_only(monkeypatch, tmp_path):
  """A chief leaves evaluation to an evaluator."""
  calls = []
  estimator = _role(monkeypatch, tmp_path, 'chief')
  assert _run(estimator, calls, max_steps=3) is None
  assert calls == ['end']
  assert estimator.get_variable_value('global_step') == 3


def test_master_evaluates(monkeypatch, tmp_path):
  """A master does both, as a local run does, and returns nothing."""
  calls = []
  nodes = {'master': ['a:1']}
  estimator = _role(monkeypatch, tmp_path, 'master', nodes=nodes)
  assert _run(estimator, calls, max_steps=2) is None
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
    _run(estimator, [])


def test_one_evaluator_only(monkeypatch, tmp_path):
  """A second evaluator is refused."""
  estimator = _role(monkeypatch, tmp_path, 'evaluator', index=1)
  with pytest.raises(ValueError, match='only be one `evaluator`.* id 1'):
    _run(estimator, [])


def _evaluator(sleep, listener=None):
  """Runs an Executor as evaluator on a clock that only `sleep` moves."""

  def run(estimator, train_spec, eval_spec):
    return training.Executor(
      estimator, train_spec, eval_spec, listener, sleep, clock=lambda: 0.0
    ).run()

  return run


def test_evaluator(monkeypatch, tmp_path, caplog):
  """An evaluator follows the checkpoints of another process to max_steps."""
  trainer = _estimator(tmp_path)
  estimator = _role(monkeypatch, tmp_path, 'evaluator')
  calls = []
  waits = []

  def sleep(seconds):
    waits.append(seconds)
    if len(waits) in (3, 5):
      trainer.train(tiny.batches(), steps=2)

  with caplog.at_level('INFO', logger='tensorflow'):
    result = _run(
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
  listener = _Limited(**limits)
  estimator = _role(monkeypatch, tmp_path, 'evaluator')
  executor = _evaluator(lambda seconds: None, listener)
  _run(estimator, [], throttle_secs=3, executor=executor)
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
      input_fn, start_delay_secs=0, hooks=[_Evaluated(calls)]
    ),
    sleep=lambda seconds: None,
  ).run()
  assert calls == ['eval@3']
