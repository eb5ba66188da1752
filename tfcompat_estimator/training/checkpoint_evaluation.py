"""Evaluates checkpoints and hands each to the exporters."""

import enum
import os
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source, integrity
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import train_eval_spec

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class EvalStatus(str, enum.Enum):
  """What came of an attempt to evaluate; old programs compare strings."""

  EVALUATED = 'evaluated'
  MISSING_CHECKPOINT = 'missing checkpoint'
  NO_NEW_CHECKPOINT = 'no new checkpoint'


class EvalResult(NamedTuple):
  """The outcome of an attempt to evaluate.

  Attributes:
    status: What came of it.
    metrics: The metrics, where it was evaluated.
    checkpoint_path: The checkpoint, where it was evaluated.
  """

  status: EvalStatus
  metrics: dict[str, Any] | None = None
  checkpoint_path: str | None = None


class EvalListener:
  """Is asked before and after each evaluation whether to go on."""

  def before_eval(self) -> bool:
    """Called before an evaluation; False ends training or the evaluator."""
    return True

  def after_eval(self, result: EvalResult) -> bool:
    """Called after an attempt; False ends training or the evaluator."""
    del result
    return True


class CheckpointEvaluator:
  """Evaluates a checkpoint and lets the exporters of an `EvalSpec` at it.

  Attributes:
    checkpoint_path: The last checkpoint that was evaluated, None before.
    metrics: What came of that.
    results: What the exporters returned for it.
  """

  def __init__(
    self,
    estimator: base_estimator.Estimator,
    eval_spec: train_eval_spec.EvalSpec,
    max_steps: int | None,
  ):
    self._estimator = estimator
    self._spec = eval_spec
    self._max_steps = max_steps
    self.checkpoint_path: str | None = None
    self._was_final = False
    self.metrics: dict[str, Any] | None = None
    self.results: list[Any] | None = None

  @property
  def name(self) -> str | None:
    """The name of the evaluation."""
    return self._spec.name

  @property
  def throttle_secs(self) -> float:
    """How many seconds at least from one evaluation to the next."""
    return self._spec.throttle_secs

  @property
  def start_delay_secs(self) -> float:
    """How many seconds an evaluator waits before the first evaluation."""
    return self._spec.start_delay_secs

  @property
  def global_step(self) -> int | None:
    """The step of the last evaluation."""
    if self.metrics is None:
      return None
    return int(self.metrics[v1.GraphKeys.GLOBAL_STEP])

  def evaluate(self, checkpoint_path: str, is_final: bool = False) -> bool:
    """Evaluates and exports a checkpoint.

    If it turns out to be damaged, a warning says so and the newest sound one
    takes its place, unless that has just been evaluated.

    Args:
      checkpoint_path: The checkpoint.
      is_final: Whether training has ended; it has at `max_steps` anyway.

    Returns:
      Whether something was evaluated.
    """
    try:
      self.metrics = self._evaluate(checkpoint_path)
    except Exception as error:
      sound = self._instead_of(checkpoint_path, error)
      if sound is None:
        raise
      if sound == self.checkpoint_path:
        if is_final:
          self.finish()
        return False
      checkpoint_path = sound
      self.metrics = self._evaluate(sound)
    self.checkpoint_path = checkpoint_path
    self._was_final = is_final or self.reached_max_steps()
    self.results = [
      self._export(exporter, self._was_final)
      for exporter in self._spec.exporters
    ]
    return True

  def _evaluate(self, checkpoint_path: str) -> dict[str, Any]:
    return self._estimator.evaluate(
      input_fn=self._spec.input_fn,
      steps=self._spec.steps,
      name=self._spec.name,
      checkpoint_path=checkpoint_path,
      hooks=self._spec.hooks,
    )

  def _instead_of(self, path: str, error: Exception) -> str | None:
    """The newest sound checkpoint, if `error` came of a damaged one.

    Raises:
      ValueError: If there is none.
    """
    if not v1.train.checkpoint_exists(path):
      return None
    reason = integrity.damage(error, path)
    if reason is None:
      return None
    source = checkpoint_source.Source(self._estimator.model_dir)
    source.read_everything()
    if source.path == path:
      return None
    logging.warning(
      'Checkpoint %s is damaged: %s. The newest sound one is %s.',
      path,
      reason,
      source.path,
    )
    return source.path

  def reached_max_steps(self) -> bool:
    """Whether the last evaluation was of the last step."""
    return (
      self._max_steps is not None
      and self.global_step is not None
      and self.global_step >= self._max_steps
    )

  def finish(self, checkpoint_path: str | None = None) -> None:
    """Says that the last evaluation was the final one after all.

    When the input ends or a hook stops training, that is known only after the
    last checkpoint. Exporters that had nothing to export are asked again.

    Args:
      checkpoint_path: Where the checkpoint is now, if it was at another place
        when it was evaluated.
    """
    self.checkpoint_path = checkpoint_path or self.checkpoint_path
    if self._was_final or self.results is None:
      return
    self._was_final = True
    self.results = [
      self._export(exporter, is_final=True) if result is None else result
      for exporter, result in zip(
        self._spec.exporters, self.results, strict=True
      )
    ]

  def _export(self, exporter: Any, is_final: bool) -> Any:
    return exporter.export(
      estimator=self._estimator,
      export_path=os.path.join(
        tf.compat.as_str_any(self._estimator.model_dir),
        'export',
        tf.compat.as_str_any(exporter.name),
      ),
      checkpoint_path=self.checkpoint_path,
      eval_result=self.metrics,
      is_the_final_export=is_final,
    )


_WARNINGS = {
  EvalStatus.MISSING_CHECKPOINT: (
    'Estimator is not trained yet. Will start an evaluation when a '
    'checkpoint is ready.'
  ),
  EvalStatus.NO_NEW_CHECKPOINT: (
    'No new checkpoint ready for evaluation. Skip the current evaluation '
    'pass as evaluation results are expected to be same for the same '
    'checkpoint.'
  ),
}


class CheckpointWatcher:
  """Evaluates checkpoints that have not been evaluated, as they come.

  Args:
    estimator: Whose checkpoints to watch.
    evaluators: One for each evaluation: all of them are of one checkpoint, but
      for those that must wait.
    clock: Tells the time in seconds.
  """

  def __init__(
    self,
    estimator: base_estimator.Estimator,
    evaluators: Sequence[CheckpointEvaluator],
    clock: Callable[[], float] = time.monotonic,
  ):
    self._estimator = estimator
    self._clock = clock
    first = min(evaluator.start_delay_secs for evaluator in evaluators)
    self._watches = [
      _Watch(evaluator, clock() + evaluator.start_delay_secs - first)
      for evaluator in evaluators
    ]

  @property
  def global_step(self) -> int | None:
    """The step of the last evaluation."""
    return self._watches[0].evaluator.global_step

  def reached_max_steps(self) -> bool:
    """Whether the last step has been evaluated by all."""
    return all(watch.evaluator.reached_max_steps() for watch in self._watches)

  def next_time(self) -> float:
    """When to look again, by the clock."""
    waiting = [
      watch
      for watch in self._watches
      if not watch.evaluator.reached_max_steps()
    ]
    return min(watch.time for watch in waiting or self._watches)

  def evaluate_new(self) -> list[EvalResult]:
    """Looks once at the directory, for each evaluation that is due."""
    path = self._estimator.latest_checkpoint()
    started = self._clock()
    # Whoever has waited until then may have a clock that is slow.
    now = max(started, self.next_time())
    due = [watch for watch in self._watches if watch.time <= now]
    return [watch.evaluate(path, started) for watch in due]


class _Watch:
  """One of the evaluations, which is due from a time on."""

  def __init__(self, evaluator: CheckpointEvaluator, time: float):
    self.evaluator = evaluator
    self.time = time
    self._evaluated_path: str | None = None
    self._status = EvalStatus.EVALUATED

  def evaluate(self, path: str | None, started: float) -> EvalResult:
    """Evaluates the checkpoint `path`, if that is a new one."""
    self.time = started + self.evaluator.throttle_secs
    if path is None:
      return self._not_evaluated(EvalStatus.MISSING_CHECKPOINT)
    if path == self._evaluated_path:
      return self._not_evaluated(EvalStatus.NO_NEW_CHECKPOINT)
    try:
      is_new = self.evaluator.evaluate(path)
    except (ValueError, tf.errors.OpError):
      if integrity.defect(path) is None:
        raise
      # Training went on and removed it meanwhile: a newer one is there. Or storage
      # shows its files late, as network file systems do: the next look finds them.
      is_new = False
    if not is_new:
      return self._not_evaluated(
        EvalStatus.NO_NEW_CHECKPOINT
        if self._evaluated_path
        else EvalStatus.MISSING_CHECKPOINT
      )
    # Not `path`, if that is damaged: it may be written anew.
    self._evaluated_path = self.evaluator.checkpoint_path
    self._status = EvalStatus.EVALUATED
    return EvalResult(
      self._status, self.evaluator.metrics, self._evaluated_path
    )

  def _not_evaluated(self, status: EvalStatus) -> EvalResult:
    if status != self._status:  # Said once, not at every look.
      logging.warning(_WARNINGS[status])
    self._status = status
    return EvalResult(status)
