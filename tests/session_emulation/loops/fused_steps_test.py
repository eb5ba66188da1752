"""Proves that fused steps change nothing that a user can see, but the time."""

import glob
import os
import sys

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies

from tests import tiny
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.session_emulation.loops import (
  fused_steps,
  hook_schedule,
  loop,
)

v1 = tf.compat.v1
SWITCH = 'TFCOMPAT_FUSED_STEPS'


@pytest.fixture(autouse=True)
def _always(fused_from_the_second_run_on):
  """Whether a loop pays is another matter."""


class Listener(v1.train.CheckpointSaverListener):
  """Notes the steps of the saves."""

  def __init__(self, calls):
    self._calls = calls

  def after_save(self, session, global_step_value):
    self._calls.append(int(global_step_value))


class Looker(v1.train.SessionRunHook):
  """Looks at some runs only, by the protocol of `runs_before_control`.

  Args:
    every: it looks at each run that brings the global step to a multiple.
    act: called with the step and the run context in those runs.
  """

  def __init__(self, every, act):
    self._every = every
    self._act = act

  def runs_before_control(self, global_step):
    return self._every - 1 - global_step % self._every

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(v1.train.get_global_step())

  def after_run(self, run_context, run_values):
    step = int(run_values.results) + 1
    if step % self._every == 0:
      self._act(step, run_context)


def _raise(step, context):
  raise RuntimeError(f'boom at {step}')


def _request_stop(step, context):
  context.request_stop()


def _model_fn(features, labels, mode):
  """Tiny's model, with a summary and a loss that is NaN where a feature is."""
  spec = tiny.model_fn(features, labels, mode)
  v1.summary.scalar('weight', spec.predictions['p'][0])
  return spec


def _input_fn(values):
  def input_fn():
    data = np.array(values, np.float32).reshape(-1, 1)
    return tf.data.Dataset.from_tensor_slices((data, data))

  return input_fn


def _events(directory):
  """(step, tag, value) of each scalar, but the speed, which no two runs share."""
  found = []
  for path in sorted(glob.glob(os.path.join(directory, 'events*'))):
    for event in v1.train.summary_iterator(path):
      for value in event.summary.value:
        speed = value.tag == 'global_step/sec'
        found.append(
          (event.step, value.tag, None if speed else value.simple_value)
        )
  return found


def _run(monkeypatch, model_dir, is_fused, config, values, steps, hook=None):
  """What a train call leaves behind and what it called."""
  monkeypatch.setenv(SWITCH, '1' if is_fused else '0')
  saves, lines = [], []
  monkeypatch.setattr(
    v1.train.LoggingTensorHook,
    '_log_tensors',
    lambda self, tensors: lines.append(dict(tensors)),
  )
  from tfcompat_estimator.records import run_config

  estimator = base_estimator.EstimatorV2(
    _model_fn, model_dir, run_config.RunConfig(**config)
  )
  looks = []
  hooks = [] if hook is None else [hook(looks)]
  error = None
  try:
    estimator.train(
      _input_fn(values), hooks, steps, saving_listeners=[Listener(saves)]
    )
  except (RuntimeError, tf.errors.OpError) as caught:
    error = (type(caught).__name__, str(caught).splitlines()[0])
  latest = estimator.latest_checkpoint()
  return {
    'error': error,
    'saves': saves,
    'lines': lines,
    'looks': looks,
    'events': _events(model_dir),
    'latest': os.path.basename(latest),
    'state': {
      name: tf.train.load_variable(latest, name).tolist()
      for name, _ in tf.train.list_variables(latest)
    },
  }


def _noting(every, act=lambda step, context: None):
  def make(looks):
    def look(step, context):
      looks.append(step)
      act(step, context)

    return Looker(every, look)

  return make


ONES = [1.0] * 200
CASES = {
  'defaults': ({}, ONES, 60, None),
  'all cadences': (
    {
      'save_checkpoints_steps': 7,
      'save_summary_steps': 5,
      'log_step_count_steps': 3,
    },
    ONES,
    40,
    None,
  ),
  'no summaries, no logs': (
    {
      'save_checkpoints_steps': 20,
      'save_summary_steps': 0,
      'log_step_count_steps': None,
    },
    ONES,
    50,
    None,
  ),
  'end of input': ({'save_checkpoints_steps': 9}, ONES[:31], 100, None),
  'NaN': (
    {'save_checkpoints_steps': 9},
    [*ONES[:23], float('nan'), *ONES],
    100,
    None,
  ),
  'a hook that looks at times': (
    {'save_summary_steps': 8},
    ONES,
    33,
    _noting(6),
  ),
  'one that waits to start': (
    {},
    ONES,
    33,
    lambda unused_looks: v1.train.GlobalStepWaiterHook(0),
  ),
  'stop requested': ({}, ONES, 100, _noting(27, _request_stop)),
  'exception': (
    {'save_checkpoints_steps': 10},
    ONES,
    100,
    _noting(25, _raise),
  ),
  'a single step': ({}, ONES, 1, None),
}


@pytest.mark.parametrize('case', CASES)
def test_fused_equals_unfused(case, monkeypatch, tmp_path):
  """Losses, calls, checkpoints, events, state and errors are the same."""
  config, values, steps, hook = CASES[case]
  config = {'tf_random_seed': 1, **config}

  one, other = (
    _run(
      monkeypatch,
      str(tmp_path / name),
      name == 'fused',
      config,
      values,
      steps,
      hook,
    )
    for name in ('fused', 'unfused')
  )

  # A line's `loss` may be NaN, which equals nothing.
  np.testing.assert_equal(one, other)


@hypothesis.settings(
  max_examples=8,
  deadline=None,
  suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
@hypothesis.given(
  saves=strategies.integers(1, 12),
  summaries=strategies.integers(0, 9),
  logs=strategies.integers(1, 9),
  looks=strategies.integers(1, 9),
  steps=strategies.integers(1, 24),
  count=strategies.integers(1, 24),
)
def test_any_cadences(
  monkeypatch,
  tmp_path_factory,
  saves,
  summaries,
  logs,
  looks,
  steps,
  count,
):
  """Whatever the cadences, a user sees the same."""
  config = {
    'save_checkpoints_steps': saves,
    'save_summary_steps': summaries,
    'log_step_count_steps': logs,
  }

  one, other = (
    _run(
      monkeypatch,
      str(tmp_path_factory.mktemp('model')),
      is_fused,
      config,
      ONES[:count],
      steps,
      _noting(looks),
    )
    for is_fused in (True, False)
  )

  assert one == other


def test_evaluation_is_fused_to_the_same_metrics(monkeypatch, model_dir):
  """evaluate() gives the same, with the same progress lines."""
  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), steps=3)
  got = []
  for switch in ('1', '0'):
    monkeypatch.setenv(SWITCH, switch)
    got += [
      estimator.evaluate(_input_fn(ONES[:40]), steps) for steps in (None, 25)
    ]

  assert got[:2] == got[2:]


def test_most_steps_do_run_fused(monkeypatch, model_dir):
  """A plain train() makes one run through the hooks in a hundred."""
  through_hooks = []
  count_run = fused_steps.FusedSteps.count_run

  def counting(self, value=None):
    through_hooks.append(1)
    count_run(self, value)

  monkeypatch.setattr(fused_steps.FusedSteps, 'count_run', counting)
  tiny.estimator(model_dir).train(tiny.batches(), steps=500)

  assert len(through_hooks) < 50


class UsersHook(v1.train.SessionRunHook):
  """Looks at each run."""

  def after_run(self, run_context, run_values):
    pass


def test_a_users_hook_sees_each_step(model_dir):
  """A hook of unknown type that looks at runs turns fusing off."""
  calls = []
  estimator = tiny.estimator(model_dir)
  estimator.train(tiny.batches(), hooks=[tiny.Recorder(calls, 'A')], steps=20)

  assert sum(call.startswith('A.after_run') for call in calls) == 20
  assert hook_schedule.always_watched([UsersHook()])
  assert not hook_schedule.always_watched([v1.train.SessionRunHook()])


@pytest.mark.parametrize('seed', [3, None])
def test_random_numbers_of_a_kernel_are_not_repeated(
  seed, monkeypatch, model_dir
):
  """The kernel goes on in a loop, with a seed and without one."""
  drawn = []

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    order = tf.random.shuffle(tf.range(1000), seed=seed)[:3]
    with tf.control_dependencies([order]):
      loss = tf.identity(spec.loss)
    drawn.append(order)
    return spec._replace(loss=loss + 0.0 * tf.cast(order[0], tf.float32))

  class Peek(v1.train.SessionRunHook):
    """Sees what was drawn at times, without being called in between."""

    def runs_before_control(self, global_step):
      return 0 if global_step % 7 == 0 else 7 - global_step % 7

    def before_run(self, run_context):
      return v1.train.SessionRunArgs(drawn[0])

    def after_run(self, run_context, run_values):
      seen.append(tuple(run_values.results))

  seen: list[tuple[int, ...]] = []

  estimator = base_estimator.EstimatorV2(
    model_fn,
    model_dir,
    tiny.run_config.RunConfig(log_step_count_steps=None, save_summary_steps=0),
  )
  estimator.train(tiny.batches(), hooks=[Peek()], steps=60)

  assert len(seen) < 60  # the others ran in loops
  assert len(set(seen)) == len(seen)


def test_a_global_step_that_stands_still_ends_fusing(model_dir):
  """Hooks go by the global step, so steps that do not count run through them."""
  runs = []

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    note = v1.py_func(lambda: runs.append(1) or 0.0, [], tf.double)
    return spec._replace(train_op=note)

  estimator = base_estimator.EstimatorV2(model_fn, model_dir)
  estimator.train(tiny.batches(40))

  assert len(runs) in (40, 41)  # Python code that needs no input may run again
  assert estimator.get_variable_value('global_step') == 0


@pytest.mark.eager
def test_numbers_of_steps_are_not_kept():
  """A million steps leave nothing behind in TensorFlow's cache of scalars."""
  number = int('1234567890123')
  references = sys.getrefcount(number)

  tensor = loop.int64(number)

  assert (tensor.dtype, int(tensor)) == (tf.int64, number)
  del tensor
  assert sys.getrefcount(number) == references
