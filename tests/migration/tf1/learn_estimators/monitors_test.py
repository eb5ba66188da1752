"""Tests monitors of `tf.contrib.learn`."""

import types

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.migration.tf1.learn_estimators import monitors

v1 = tf.compat.v1


class _Recorder(monitors.EveryN):
  def __init__(self, *arguments):
    super().__init__(*arguments)
    self.told = []

  def every_n_step_begin(self, step):
    return ['global_step:0']

  def every_n_step_end(self, step, outputs):
    self.told.append((step, 'global_step:0' in outputs))
    return step >= 7

  def every_n_post_step(self, step, session):
    self.told.append(step)


def test_every_n_steps_until_one_ends_it(tmp_path):
  """The first steps, each third, and the last again where it ended."""
  recorder = _Recorder(3, 1)
  estimator = tiny.estimator(tmp_path / 'm')
  hooks = monitors.replace_monitors_with_hooks([recorder], estimator)
  estimator.train(tiny.batches(), hooks, steps=20)

  steps = [each for each in recorder.told if isinstance(each, int)]
  assert steps == [1, 4, 7]
  assert recorder.told[0] == (1, True)
  assert estimator.get_variable_value('global_step') == 7


def test_hooks_stay_hooks(tmp_path):
  """And those who are not the chief run no monitors."""
  hook = tiny.Recorder([], 'A')
  worker = types.SimpleNamespace(config=types.SimpleNamespace(is_chief=False))
  recorder = _Recorder()

  assert monitors.replace_monitors_with_hooks([hook, recorder], worker) == [
    hook
  ]
  assert monitors.replace_monitors_with_hooks(None, worker) == []


def test_validation_of_an_estimator_of_today(tmp_path):
  """It takes an input_fn, and no arrays."""
  estimator = tiny.estimator(tmp_path / 'm')
  estimator.train(tiny.batches(), steps=1)
  monitor = monitors.ValidationMonitor(
    input_fn=tiny.batches(2), every_n_steps=1, early_stopping_rounds=0
  )
  monitor.set_estimator(estimator)
  monitor.step_begin(1)
  assert monitor.step_end(1, {})  # the best, and no further step is allowed
  assert monitor.best_step == 1
  assert 'loss' in monitor.best_metrics

  arrays = monitors.ValidationMonitor(x=[[1.0]], y=[1])
  arrays.set_estimator(estimator)
  arrays.step_begin(100)
  with pytest.raises(ValueError, match='must be None'):
    arrays.step_end(100, {})
  with pytest.raises(ValueError, match='Either x or input_fn'):
    monitors.ValidationMonitor()
