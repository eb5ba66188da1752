"""Saves checkpoints during training, but not after a non-finite loss."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import saver

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class LossWatch(v1.train.SessionRunHook):
  """Knows whether the last loss was finite.

  It has to come before the hook that saves. For its own sake no step has to go
  through the hooks.
  """

  def __init__(self, loss: tf.Tensor):
    self._loss = loss
    self.last: Any = 0.0

  @property
  def is_finite(self) -> bool:
    """False if the last step's loss was infinite or not a number."""
    return bool(np.all(np.isfinite(self.last)))

  def runs_before_control(self, global_step: int) -> float:
    """Never asks for a step."""
    return np.inf

  def saw(self, value: Any) -> None:
    """Takes in the loss of the last of some fused steps."""
    self.last = value

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._loss)

  def after_run(self, run_context, run_values):
    self.last = run_values.results


class CheckpointSaverHook(v1.train.CheckpointSaverHook):
  """The stock hook, but that it saves with care.

  Nothing is saved after a non-finite loss: what such a step leaves in the
  variables is mostly of no use, and would replace what is. And whatever happens
  while it saves, the last good checkpoint stays.
  """

  def __init__(self, loss_watch: LossWatch, *args: Any, **kwargs: Any):
    super().__init__(*args, **kwargs)
    self._loss_watch = loss_watch

  def _save(self, session: Any, step: int) -> bool:
    if not self._loss_watch.is_finite:
      logging.error(
        'No checkpoint is saved at step %d: the loss is %s.',
        step,
        self._loss_watch.last,
      )
      return False
    return super()._save(session, step)

  def _get_saver(self) -> saver.GuardedSaver | None:
    found = super()._get_saver()
    return None if found is None else saver.GuardedSaver(found)
