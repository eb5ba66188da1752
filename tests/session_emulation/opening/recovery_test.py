"""Tests what MonitoredSession promises when a step fails."""

import pytest
import tensorflow as tf

from tests import tiny

v1 = tf.compat.v1


class Failing(v1.train.SessionRunHook):
  """Raises an error once, in the run that ends at a step.

  Args:
    error: what to raise.
    at_step: when.
    looks_always: whether it looks at each run, or at that one only.
  """

  def __init__(self, error, at_step, looks_always):
    self._error = error
    self._at_step = at_step
    self.restored = []
    if not looks_always:
      self.runs_before_control = lambda step: max(0, at_step - 1 - step)

  def after_create_session(self, session, coord):
    self.restored.append(int(session.run(v1.train.get_global_step())))

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(v1.train.get_global_step())

  def after_run(self, run_context, run_values):
    if run_values.results + 1 == self._at_step and self._error is not None:
      error, self._error = self._error, None
      raise error


@pytest.mark.parametrize('looks_always', [True, False])
@pytest.mark.parametrize(
  'kind', [tf.errors.AbortedError, tf.errors.UnavailableError]
)
def test_lost_sessions_are_recreated(kind, looks_always, model_dir):
  """Training goes on from the latest checkpoint, and gets to its end."""
  hook = Failing(kind(None, None, 'lost'), 17, looks_always)
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=10)

  estimator.train(tiny.batches(), hooks=[hook], steps=25)

  assert hook.restored == [0, 10]
  assert estimator.get_variable_value('global_step') == 25


@pytest.mark.parametrize('looks_always', [True, False])
def test_other_errors_end_training(looks_always, model_dir):
  """An error of another kind reaches the caller; nothing more is saved."""
  hook = Failing(tf.errors.DataLossError(None, None, 'gone'), 5, looks_always)
  estimator = tiny.estimator(model_dir)

  with pytest.raises(tf.errors.DataLossError, match='gone'):
    estimator.train(tiny.batches(), hooks=[hook], steps=25)
  assert estimator.latest_checkpoint().endswith('model.ckpt-0')


def test_an_error_inside_a_fused_loop_comes_out_of_the_next_run(model_dir):
  """The step that failed is the step at which training ends."""

  def input_fn():
    data = tf.data.Dataset.range(1, 100).map(
      lambda n: tf.debugging.check_numerics(
        tf.cond(n < 33, lambda: 1.0, lambda: tf.constant(float('inf'))), 'bad'
      )
    )
    return data.map(lambda x: ([x], [x]))

  estimator = tiny.estimator(model_dir, save_checkpoints_steps=10)

  with pytest.raises(tf.errors.InvalidArgumentError, match='bad'):
    estimator.train(input_fn, steps=90)
  assert estimator.latest_checkpoint().endswith('model.ckpt-30')
