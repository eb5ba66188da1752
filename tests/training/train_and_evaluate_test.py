"""Tests train_and_evaluate against the reference's recorded behaviour."""

import importlib
import pathlib

import pytest
import tensorflow as tf

from tests import tiny
from tests.training import watched
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config, train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation

v1 = tf.compat.v1
# In the package, the public function of this name stands before the module.
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


@pytest.fixture(autouse=True)
def _no_cluster(monkeypatch):
  monkeypatch.delenv('TF_CONFIG', raising=False)


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
  metrics, results = watched.run(
    watched.estimator(tmp_path), calls, **arguments
  )
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
  estimator = watched.estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  calls = []
  metrics, _ = watched.run(estimator, calls, max_steps=6)
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
  estimator = watched.estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  calls = []
  assert watched.run(estimator, calls, max_steps=3) == (None, None)
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
  exporter = watched.Exporter(calls, only_final=True)
  _, results = watched.run(
    watched.estimator(tmp_path), calls, exporters=exporter, **arguments
  )
  flags = [c.endswith('True') for c in calls if c.startswith('e@')]
  assert flags == expected
  assert results[0] is not None


def test_exporters_run_in_order(tmp_path):
  """Exporters are called as listed, and their results returned so."""
  calls = []
  exporters = [
    watched.Exporter(calls, 'b'),
    watched.Exporter(calls, 'a', only_final=True),
  ]
  _, results = watched.run(
    watched.estimator(tmp_path), calls, exporters=exporters, max_steps=3
  )
  assert [c for c in calls if '@' in c and not c.startswith('eval')] == [
    'b@2 final=False',
    'a@2 final=False',
    'b@3 final=True',
    'a@3 final=True',
  ]
  assert results == [3, 3]


@pytest.mark.eager
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

  class MyExporter(watched.Exporter):
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

  estimator = base_estimator.EstimatorV2(
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
    watched.run(
      estimator, calls, max_steps=8, throttle_secs=3, executor=executor
    )
  evaluated = [call for call in calls if call.startswith('eval')]
  assert evaluated == ['eval@1', 'eval@4', 'eval@7', 'eval@8']
  skipped = 'Skip the current checkpoint eval due to throttle secs (3 secs).'
  assert caplog.messages.count(skipped) == 5


@pytest.mark.parametrize('where', ['evaluate', 'export'])
def test_errors_end_training(tmp_path, where):
  """What an evaluation or exporter raises stops training and propagates."""

  class Failing(watched.Exporter):
    def export(self, **arguments):
      raise RuntimeError('boom')

  def input_fn():
    raise RuntimeError('boom')

  eval_spec = train_eval_spec.EvalSpec(
    input_fn if where == 'evaluate' else tiny.batches(1),
    exporters=Failing([]),
  )
  estimator = watched.estimator(tmp_path)
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
    watched.estimator(tmp_path),
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
    watched.run(estimator, [])


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
  listener = watched.Limited(**limits)
  calls = []
  estimator = watched.estimator(tmp_path)

  def executor(*arguments):
    return training.Executor(*arguments, listener=listener).run()

  watched.run(estimator, calls, max_steps=20, executor=executor)
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
  watched.run(watched.estimator(tmp_path), [], max_steps=2, name='foo')
  names = {p.name for p in pathlib.Path(tmp_path).iterdir()}
  assert {'eval_foo', 'checkpoint', 'graph.pbtxt'} <= names
  assert 'eval' not in names
