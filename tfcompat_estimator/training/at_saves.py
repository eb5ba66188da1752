"""Evaluates the checkpoints of a training while it saves them."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.training import checkpoint_evaluation

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class EvaluateAtSaves(v1.train.CheckpointSaverListener):
  """Evaluates each checkpoint that training saves, but for the first.

  Args:
    evaluator: Evaluates and exports.
    estimator: What is trained.
    listener: Is asked around evaluations whether to go on.
    clock: Tells the time in seconds.

  Attributes:
    is_at_end_only: Whether saves are not evaluated, but for the last one of the
      training and those that `evaluate` is called with.
    may_go_on: Training may go on after its end, unless `max_steps` is reached.
  """

  def __init__(
    self,
    evaluator: checkpoint_evaluation.CheckpointEvaluator,
    estimator: base_estimator.Estimator,
    listener: checkpoint_evaluation.EvalListener,
    clock: Callable[[], float],
  ):
    self._evaluator = evaluator
    self._estimator = estimator
    self._listener = listener
    self._clock = clock
    self._has_saved = False
    self._last_time: float | None = None
    self.is_at_end_only = False
    self.may_go_on = False

  begin_only_reads = True

  def begin(self) -> None:
    self._has_saved = False

  def after_save(self, session: Any, global_step_value: int) -> bool:
    """Evaluates, unless it is too soon; True requests a stop."""
    del session
    if self.is_at_end_only:
      return False
    if not self._has_saved:
      # This is where training starts, from initial values or from where the
      # last call has evaluated already.
      self._has_saved = True
      return False
    if not self._is_due():
      logging.info(
        'Skip the current checkpoint eval due to throttle secs (%s secs).',
        self._evaluator.throttle_secs,
      )
      return False
    return not self.evaluate(
      self._estimator.latest_checkpoint(), global_step_value
    )

  def end(self, session: Any, global_step_value: int) -> None:
    """Evaluates what training ended with, if that has not been done."""
    del session
    self.evaluate_last(global_step_value, is_final=not self.may_go_on)

  def evaluate_last(self, global_step: int, is_final: bool) -> None:
    """Evaluates the latest checkpoint, of this step, if that was not done."""
    if self._evaluator.global_step != global_step:
      if self._listener.before_eval():
        self._evaluate(self._estimator.latest_checkpoint(), is_final)
    elif is_final:
      self._evaluator.finish(self._estimator.latest_checkpoint())

  def evaluate(self, path: str, global_step: int) -> bool:
    """Evaluates a checkpoint; False if the listener wants to stop."""
    if not self._listener.before_eval():
      logging.info(
        'The listener of evaluations requests a stop at global step %d.',
        global_step,
      )
      return False
    return self._evaluate(path, is_final=False)

  def _is_due(self) -> bool:
    return (
      self._last_time is None
      or self._clock() >= self._last_time + self._evaluator.throttle_secs
    )

  def _evaluate(self, path: str, is_final: bool) -> bool:
    self._last_time = self._clock()
    self._evaluator.evaluate(path, is_final)
    return self._listener.after_eval(
      checkpoint_evaluation.EvalResult(
        checkpoint_evaluation.EvalStatus.EVALUATED,
        self._evaluator.metrics,
        self._evaluator.checkpoint_path,
      )
    )
