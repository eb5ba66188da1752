"""Makes a hook that ends training at the step of a checkpoint."""

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


def make_stop_at_checkpoint_step_hook(
  estimator, last_step, wait_after_file_check_secs=30
):
  """Makes a hook that ends training once a checkpoint has reached a step.

  The chief stops at `last_step`, as `StopAtStepHook` does. Another worker goes
  on until the chief has saved that step, so that its updates are not lost.

  Args:
    estimator: The `tf.estimator.Estimator` that is trained.
    last_step: The global step to stop at, an int.
    wait_after_file_check_secs: How many seconds a worker waits from one look
      at the checkpoints to the next.

  Returns:
    A `SessionRunHook` for `Estimator.train` or a `TrainSpec`.
  """
  if estimator.config.is_chief:
    return v1.train.StopAtStepHook(last_step=last_step)
  return _StopAtCheckpointStepHook(
    estimator.model_dir, last_step, wait_after_file_check_secs
  )


class _StopAtCheckpointStepHook(v1.train.SessionRunHook):
  """Requests a stop when the directory's latest checkpoint is far enough."""

  def __init__(
    self,
    model_dir: str,
    last_step: int,
    wait_after_file_check_secs: float = 30,
    # Looked up when it is called, since tests of programs patch it.
    sleep: Callable[[float], None] = lambda s: time.sleep(s),  # noqa: PLW0108
  ):
    if last_step is None:
      raise ValueError('`last_step` (None) must be an int. Give the step.')
    if model_dir is None:
      raise ValueError('`model_dir` (None) must be a directory. Name it.')
    self._model_dir = model_dir
    self._last_step = last_step
    self._wait_secs = wait_after_file_check_secs
    self._sleep = sleep
    self._global_step_tensor: Any = None

  begin_only_reads = True

  def begin(self) -> None:
    self._global_step_tensor = _tf.get_or_create_global_step_read()

  def runs_before_control(self, global_step: int) -> int:
    """How many runs the hook need not see, as the fused loop asks."""
    return max(0, self._last_step - 1 - global_step)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._global_step_tensor)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    if run_values.results + 1 < self._last_step:
      return
    if self._saved_step() >= self._last_step:
      run_context.request_stop()
    else:
      # The step is done but not saved: working on would be in vain.
      self._sleep(self._wait_secs)

  def _saved_step(self) -> int:
    """The global step of the latest checkpoint; -1 if there is none."""
    path = tf.train.latest_checkpoint(self._model_dir)
    if path is None:
      return -1
    reader = tf.train.load_checkpoint(path)
    return int(reader.get_tensor(v1.GraphKeys.GLOBAL_STEP))
