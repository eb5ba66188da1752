"""Tests early stopping against the reference's recorded behaviour."""

import json
import math
import types

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.hooks import early_stopping

v1 = tf.compat.v1

_STOP = 'signal_early_stopping/STOP'
_EACH_STEP = {'run_every_secs': None, 'run_every_steps': 1}


def _estimator(tmp_path, **config):
  return tiny.estimator(tmp_path, save_checkpoints_steps=2, **config)


def _step(estimator):
  return int(estimator.get_variable_value('global_step'))


# Metrics written beforehand, the hook, whether it stops after the first step,
# and the log line's beginning.
_METRIC_HOOKS = [
  ('higher', [(1, 0.5), (2, 1.5), (3, 9.0)], {'threshold': 1.0}, 'At step 2, '),
  ('higher', [(1, 1.0)], {'threshold': 1.0}, None),
  ('higher', [(1, 5.0), (2, 0.5)], {'threshold': 1.0, 'min_steps': 2}, None),
  ('higher', [(1, 5), (2, 4)], {'threshold': 1.0, 'min_steps': 2}, 'At step 2'),
  ('lower', [(1, 0.5)], {'threshold': 1.0}, 'At step 1, metric "m" has value'),
  ('lower', None, {'threshold': 1.0}, None),
  ('no_decrease', [(1, 0.5), (2, 0.6), (4, 0.7)], 3, 'No decrease in metric'),
  ('no_decrease', [(1, 0.5), (2, 0.6), (4, 0.7)], 4, None),
  ('no_decrease', [(1, 0.5), (2, 0.5), (4, 0.5)], 3, 'No decrease in metric'),
  ('no_decrease', [(4, 0.7), (1, 0.5)], 3, 'No decrease in metric "m" for 3 '),
  ('no_decrease', [(4, 0.7)], 0, 'No decrease in metric "m" for 0 steps'),
  ('no_decrease', [(1, 0.7), (1, 0.1), (3, 0.3)], 2, 'No decrease in metric'),
  ('no_increase', [(1, 0.5), (2, 0.6), (4, 0.6)], 2, 'No increase in metric'),
  ('no_increase', [(1, 0.5), (2, 0.6), (3, 0.7)], 2, None),
]


@pytest.mark.parametrize(('kind', 'metrics', 'limit', 'line'), _METRIC_HOOKS)
def test_metric_hooks(tmp_path, caplog, kind, metrics, limit, line):
  """A hook stops after the first step if the metrics so far say so."""
  estimator = _estimator(tmp_path)
  if metrics is not None:
    tiny.write_metrics(
      estimator.eval_dir(), [(step, 'm', value) for step, value in metrics]
    )
  if not isinstance(limit, dict):
    limit = {f'max_steps_without_{kind.removeprefix("no_")}': limit}
  make = getattr(early_stopping, f'stop_if_{kind}_hook')
  hook = make(estimator, 'm', **limit, **_EACH_STEP)
  with caplog.at_level('INFO', logger='tensorflow'):
    estimator.train(tiny.batches(), hooks=[hook], max_steps=3)
  assert _step(estimator) == (3 if line is None else 1)
  said = [m for m in caplog.messages if 'for early stopping.' in m]
  assert [m.startswith(line) for m in said] == ([] if line is None else [True])
  asked = 'Requesting early stopping at global step 0' in caplog.messages
  assert asked == (line is not None)
  assert estimator.get_variable_value(_STOP) == (line is not None)


def test_other_eval_dir(tmp_path):
  """The metrics may be those of another evaluation."""
  estimator = _estimator(tmp_path)
  tiny.write_metrics(estimator.eval_dir('b'), [(1, 'm', 5.0)])
  hook = early_stopping.stop_if_higher_hook(
    estimator, 'm', 1.0, eval_dir=estimator.eval_dir('b'), **_EACH_STEP
  )
  estimator.train(tiny.batches(), hooks=[hook], max_steps=3)
  assert _step(estimator) == 1


def test_unknown_metric(tmp_path):
  """A metric that no evaluation reported is an error that names the others."""
  estimator = _estimator(tmp_path)
  tiny.write_metrics(estimator.eval_dir(), [(1, 'm', 0.5), (1, 'loss', 2.0)])
  hook = early_stopping.stop_if_lower_hook(estimator, 'zz', 1.0, **_EACH_STEP)
  with pytest.raises(KeyError, match=r"'zz' is no metric.*\['loss', 'm'\]"):
    estimator.train(tiny.batches(), hooks=[hook], max_steps=3)


def test_step_without_the_metric_is_skipped(tmp_path):
  """Evaluations that report other metrics do not count."""
  estimator = _estimator(tmp_path)
  values = [(1, 'm', 0.7), (2, 'other', 0.1), (3, 'm', 0.8)]
  tiny.write_metrics(estimator.eval_dir(), values)
  hook = early_stopping.stop_if_no_decrease_hook(
    estimator, 'm', 2, **_EACH_STEP
  )
  estimator.train(tiny.batches(), hooks=[hook], max_steps=3)
  assert _step(estimator) == 1


@pytest.mark.parametrize(
  ('intervals', 'calls'),
  [
    ({'run_every_secs': None, 'run_every_steps': 3}, 3),
    ({}, 1),
    ({'run_every_secs': 0}, 7),
  ],
)
def test_intervals(tmp_path, intervals, calls):
  """The condition is asked at the first step, then at each interval."""
  estimator = _estimator(tmp_path)
  asked = []
  hook = early_stopping.make_early_stopping_hook(
    estimator, lambda: bool(asked.append(1)), **intervals
  )
  estimator.train(tiny.batches(), hooks=[hook], max_steps=7)
  assert len(asked) == calls
  assert not estimator.get_variable_value(_STOP)


def test_stop_then_resume(tmp_path):
  """A stop ends one call of train; the next makes a step before it asks."""
  estimator = _estimator(tmp_path)
  for expected in (1, 2):
    hook = early_stopping.make_early_stopping_hook(
      estimator, lambda: True, **_EACH_STEP
    )
    estimator.train(tiny.batches(), hooks=[hook], max_steps=5)
    assert _step(estimator) == expected
    assert estimator.get_variable_value(_STOP)


def test_checkpoint_without_the_variable(tmp_path):
  """The hook may be added to a model that was trained without one.

  The reference fails to restore such a checkpoint.
  """
  estimator = _estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  assert _STOP not in estimator.get_variable_names()
  hook = early_stopping.make_early_stopping_hook(
    estimator, lambda: False, **_EACH_STEP
  )
  estimator.train(tiny.batches(), hooks=[hook], steps=2)
  assert _step(estimator) == 5
  assert not estimator.get_variable_value(_STOP)
  assert 1 - estimator.get_variable_value('m/w') == pytest.approx(0.8**5)


@pytest.mark.parametrize(
  ('arguments', 'error', 'message'),
  [
    ({'estimator': 'a'}, TypeError, "`estimator` must.*<class 'str'>"),
    ({'should_stop_fn': 5}, TypeError, '`should_stop_fn` must.*5'),
    (
      {'run_every_secs': 1, 'run_every_steps': 2},
      ValueError,
      'Only one of `run_every_secs` and `run_every_steps`.*1 and 2',
    ),
    ({'run_every_secs': None}, ValueError, 'every_secs or every_steps'),
  ],
)
def test_refused(tmp_path, arguments, error, message):
  """A wrong argument raises the reference's type and is named."""
  given = {'estimator': _estimator(tmp_path), 'should_stop_fn': lambda: True}
  with pytest.raises(error, match=message):
    early_stopping.make_early_stopping_hook(**{**given, **arguments})


def test_worker_obeys_the_variable(tmp_path, monkeypatch):
  """A worker that is not the chief stops when the flag is up."""
  cluster = {'chief': ['a:1'], 'worker': ['b:1']}
  task = {'type': 'worker', 'index': 0}
  tf_config = json.dumps({'cluster': cluster, 'task': task})
  monkeypatch.setenv('TF_CONFIG', tf_config)
  hook = early_stopping.make_early_stopping_hook(
    _estimator(tmp_path), lambda: False
  )
  monkeypatch.delenv('TF_CONFIG')
  estimator = _estimator(tmp_path)
  chief = early_stopping.make_early_stopping_hook(
    estimator, lambda: True, **_EACH_STEP
  )
  estimator.train(tiny.batches(), hooks=[chief], max_steps=5)
  assert _step(estimator) == 1
  estimator.train(tiny.batches(), hooks=[hook], max_steps=5)
  assert _step(estimator) == 2


def test_two_hooks_share_the_variable(tmp_path):
  """Several early stopping hooks may watch one training."""
  estimator = _estimator(tmp_path)
  hooks = [
    early_stopping.make_early_stopping_hook(estimator, answer, **_EACH_STEP)
    for answer in (lambda: False, lambda: True)
  ]
  estimator.train(tiny.batches(), hooks=hooks, max_steps=5)
  assert estimator.get_variable_names().count(_STOP) == 1
  assert _step(estimator) == 1


def test_variable_stays_out_of_other_modes(tmp_path):
  """Evaluation and prediction restore the checkpoint without the flag."""
  estimator = _estimator(tmp_path)
  hook = early_stopping.make_early_stopping_hook(
    estimator, lambda: True, **_EACH_STEP
  )
  estimator.train(tiny.batches(), hooks=[hook], max_steps=5)
  assert estimator.evaluate(tiny.batches(1))['global_step'] == 1
  assert len(list(estimator.predict(tiny.batches(1)))) == 1


class _Seen(early_stopping._StopOnPredicateHook):  # noqa: SLF001
  """Counts the runs that come to the hook."""

  runs = 0

  def before_run(self, run_context):
    self.runs += 1
    return super().before_run(run_context)


@pytest.mark.usefixtures('fused_from_the_second_run_on')
@pytest.mark.parametrize(
  ('every_secs', 'every_steps', 'stop_at', 'most'),
  [(None, 10, None, 12), (None, 10, 21, 8), (1000, None, None, 8)],
)
def test_steps_in_between_run_fused(
  tmp_path, every_secs, every_steps, stop_at, most
):
  """Only the runs at which the hook asks go through it, and it asks on time."""
  estimator = tiny.estimator(tmp_path)
  asked = []

  def should_stop():
    asked.append(hook.global_step)
    return asked[-1] == stop_at

  class Hook(_Seen):
    global_step = None

    def after_run(self, run_context, run_values):
      self.global_step = run_values.results + 1
      super().after_run(run_context, run_values)

  hook = Hook(should_stop, every_secs, every_steps)
  estimator.train(tiny.batches(), hooks=[hook], max_steps=50)
  steps = [1] if every_steps is None else [1, 11, 21, 31, 41]
  assert asked == [s for s in steps if stop_at is None or s <= stop_at]
  assert _step(estimator) == (stop_at or 50)
  assert hook.runs <= most


def begun(should_stop_fn, worker=0, every=3):
  """A hook in the graph of a worker."""
  extended = types.SimpleNamespace(_id_in_cluster=worker)
  hook = early_stopping.StopAllWhen(
    should_stop_fn, types.SimpleNamespace(extended=extended), None, every
  )
  with tf.Graph().as_default():
    v1.train.create_global_step()
    hook.begin()
  return hook


def run(hook, steps):
  for step in range(1, steps + 1):
    hook.after_run(None, v1.train.SessionRunValues(step, None, None))


def test_the_chief_asks_at_its_interval():
  """Between two answers steps may run in a loop."""
  asked = []
  hook = begun(lambda: asked.append(1))
  run(hook, 7)

  assert len(asked) == 3  # After steps 1, 4 and 7.
  assert not hook.wants_to_stop
  assert hook.runs_before_control(7) == 3


def test_the_other_workers_never_ask():
  """They are told by the chief, and need no step of their own."""
  hook = begun(lambda: pytest.fail('asked'), worker=1)
  run(hook, 7)

  assert hook.runs_before_control(7) == math.inf


def test_a_wish_to_stop_ends_with_its_training():
  """The next training begins without it."""
  hook = begun(lambda: True)
  run(hook, 1)
  assert hook.wants_to_stop
  with tf.Graph().as_default():
    v1.train.create_global_step()
    hook.begin()

  assert not hook.wants_to_stop
