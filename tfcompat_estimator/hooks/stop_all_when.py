"""Ends training on all workers in step when a condition says so."""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution.workers import pacing
from tfcompat_estimator.session_emulation.ahead import watch

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class StopAllWhen(pacing.MayStop):
  """Asks a function, in the chief, whether all workers are to stop.

  Args:
    should_stop_fn: The function.
    strategy: Tells whether this is the chief.
    run_every_secs: Seconds from one call of it to the next, or None.
    run_every_steps: Steps from one call to the next, or None.

  Raises:
    ValueError: Both intervals are None, or neither is.
  """

  def __init__(
    self,
    should_stop_fn: Callable[[], bool],
    strategy: Any,
    run_every_secs: float | None,
    run_every_steps: int | None,
  ):
    self._should_stop_fn = should_stop_fn
    self._asks = strategy.extended._id_in_cluster == 0  # noqa: SLF001
    self._timer = v1.train.SecondOrStepTimer(
      every_secs=run_every_secs, every_steps=run_every_steps
    )
    self._global_step: Any = None

  def begin(self) -> None:
    self.wants_to_stop = False  # of an earlier training
    self._global_step = v1.train.get_global_step()

  def runs_before_control(self, global_step: int) -> float:
    """How many runs the hook need not see, as the fused loop asks."""
    if not self._asks:
      return math.inf
    return watch.runs_until(self._timer, global_step)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._global_step)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    step = run_values.results
    if not self._asks:
      return
    if self._timer.should_trigger_for_step(step):
      self._timer.update_last_triggered_step(step)
      if self._should_stop_fn():
        logging.info('Requesting early stopping at global step %d', step)
        self.wants_to_stop = True
    self.runs_to_decision = watch.runs_until(self._timer, step + 1) + 1
