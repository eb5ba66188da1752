"""Monitors of `tf.contrib.learn`: what hooks were before."""

import copy
import logging
import time
from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator

v1 = tf.compat.v1
_log = logging.getLogger('tensorflow')

CheckpointSaver = v1.train.CheckpointSaverHook
StepCounter = v1.train.StepCounterHook
StopAtStep = v1.train.StopAtStepHook


class BaseMonitor:
  """Told of each step."""

  def __init__(self) -> None:
    self._estimator: Any = None
    self._max_steps: int | None = None

  @property
  def run_on_all_workers(self) -> bool:
    """Whether not the chief alone runs it."""
    return False

  def set_estimator(self, estimator: Any) -> None:
    """Tells what trains."""
    if estimator is None:
      raise ValueError('Missing estimator.')
    self._estimator = estimator

  def begin(self, max_steps: int | None = None) -> None:
    """Before the first step."""
    self._max_steps = max_steps

  def end(self, session: Any = None) -> None:
    """After the last step."""

  def step_begin(self, step: int) -> list[Any]:
    """Tensors, or names of them, to compute in this step."""
    return []

  def step_end(self, step: int, output: dict[Any, Any]) -> bool:
    """Is given their values; True ends the training."""
    return False

  def post_step(self, step: int, session: Any) -> None:
    """After `step_end` of all monitors."""


class EveryN(BaseMonitor):
  """Told of the first steps, and of each so many."""

  def __init__(self, every_n_steps: int = 100, first_n_steps: int = 1):
    super().__init__()
    self._every_n_steps = every_n_steps
    self._first_n_steps = first_n_steps
    self._last_active_step = 0
    self._last_step: int | None = None
    self._is_active = False

  def every_n_step_begin(self, step: int) -> list[Any]:
    """See `step_begin`."""
    return []

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    """See `step_end`."""
    return False

  def every_n_post_step(self, step: int, session: Any) -> None:
    """See `post_step`."""

  def step_begin(self, step: int) -> list[Any]:
    self._is_active = (
      step <= self._first_n_steps
      or step >= self._every_n_steps + self._last_active_step
      or step == self._max_steps
    )
    return list(self.every_n_step_begin(step)) if self._is_active else []

  def step_end(self, step: int, output: dict[Any, Any]) -> bool:
    return bool(self._is_active and self.every_n_step_end(step, output))

  def post_step(self, step: int, session: Any) -> None:
    if self._is_active:
      self.every_n_post_step(step, session)
      self._last_active_step = step
    self._last_step = step

  def end(self, session: Any = None) -> None:
    super().end(session=session)
    if (
      self._last_step is not None and self._last_step != self._last_active_step
    ):
      self.every_n_post_step(self._last_step, session)


class PrintTensor(EveryN):
  """Logs tensors."""

  def __init__(self, tensor_names: Any, every_n: int = 100, first_n: int = 1):
    """Makes it; `tensor_names` are names, or {what to say: name}."""
    super().__init__(every_n, first_n)
    if not isinstance(tensor_names, dict):
      tensor_names = {name: name for name in tensor_names}
    self._tensor_names = tensor_names

  def every_n_step_begin(self, step: int) -> list[Any]:
    return list(self._tensor_names.values())

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    said = ', '.join(
      f'{tag} = {outputs[name]}' for tag, name in self._tensor_names.items()
    )
    _log.info('Step %d: %s', step, said)
    return False


class LoggingTrainable(PrintTensor):
  """Logs trainable variables."""

  def __init__(
    self, scope: str | None = None, every_n: int = 100, first_n: int = 1
  ):
    super().__init__({}, every_n, first_n)
    self._scope = scope

  def begin(self, max_steps: int | None = None) -> None:
    super().begin(max_steps)
    found = v1.trainable_variables(self._scope)
    self._tensor_names = {each.name: each.value().name for each in found}


class CaptureVariable(EveryN):
  """Keeps the values of a variable: {step: value} in `values`."""

  def __init__(self, var_name: str, every_n: int = 100, first_n: int = 1):
    super().__init__(every_n, first_n)
    self._var_name = var_name
    self.values: dict[int, Any] = {}

  def every_n_step_begin(self, step: int) -> list[Any]:
    return [self._var_name]

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    self.values[step] = outputs[self._var_name]
    return False


class SummarySaver(EveryN):
  """Writes a summary."""

  def __init__(
    self,
    summary_op: Any,
    save_steps: int = 100,
    output_dir: str | None = None,
    summary_writer: Any = None,
    scaffold: Any = None,
  ):
    super().__init__(save_steps)
    self._summary_op = summary_op
    self._output_dir = output_dir
    self._writer = summary_writer
    self._scaffold = scaffold

  def every_n_step_begin(self, step: int) -> list[Any]:
    if self._summary_op is None and self._scaffold is not None:
      self._summary_op = self._scaffold.summary_op
    return [] if self._summary_op is None else [self._summary_op]

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    if self._summary_op is not None:
      if self._writer is None:
        folder = self._output_dir or self._estimator.model_dir
        self._writer = v1.summary.FileWriterCache.get(folder)
      self._writer.add_summary(outputs[self._summary_op], step)
    return False

  def end(self, session: Any = None) -> None:
    super().end(session=session)
    if self._writer is not None:
      self._writer.flush()


class NanLoss(EveryN):
  """Ends the training, or fails, when the loss is no number."""

  def __init__(
    self,
    loss_tensor: Any,
    every_n_steps: int = 100,
    fail_on_nan_loss: bool = True,
  ):
    super().__init__(every_n_steps)
    self._loss_tensor = loss_tensor
    self._fail_on_nan_loss = fail_on_nan_loss

  def every_n_step_begin(self, step: int) -> list[Any]:
    return [self._loss_tensor]

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    value = outputs[self._loss_tensor]
    if value == value:  # noqa: PLR0124 - only NaN is not itself
      return False
    if self._fail_on_nan_loss:
      raise v1.train.NanLossDuringTrainingError
    return True


class ValidationMonitor(EveryN):
  """Evaluates new checkpoints, and ends the training where it gets worse."""

  def __init__(
    self,
    x: Any = None,
    y: Any = None,
    input_fn: Any = None,
    batch_size: int | None = None,
    eval_steps: int | None = None,
    every_n_steps: int = 100,
    metrics: Any = None,
    hooks: Any = None,
    early_stopping_rounds: int | None = None,
    early_stopping_metric: str = 'loss',
    early_stopping_metric_minimize: bool = True,
    name: str | None = None,
    check_interval_secs: float | None = 5,
  ):
    """Makes it.

    Args:
      x: See `Estimator.evaluate`, as the next five.
      y: Labels.
      input_fn: In place of `x` and `y`.
      batch_size: Rows of a batch.
      eval_steps: Batches of an evaluation.
      every_n_steps: Steps between looks for a new checkpoint.
      metrics: Of evaluation.
      hooks: Of evaluation.
      early_stopping_rounds: Steps without a better value after which training
        ends; None for never.
      early_stopping_metric: Which value.
      early_stopping_metric_minimize: Whether less is better.
      name: Of the evaluation.
      check_interval_secs: Seconds between looks, at least; None for none.
    """
    super().__init__(every_n_steps, first_n_steps=-1)
    if x is None and input_fn is None:
      raise ValueError('Either x or input_fn should be provided.')
    self._input = {
      'x': x,
      'y': y,
      'batch_size': batch_size,
      'metrics': metrics,
    }
    self._evaluation = {
      'input_fn': input_fn,
      'steps': eval_steps,
      'hooks': hooks,
      'name': name,
    }
    self.early_stopping_rounds = early_stopping_rounds
    self.early_stopping_metric = early_stopping_metric
    self.early_stopping_metric_minimize = early_stopping_metric_minimize
    self.early_stopped = False
    self.best_step: int | None = None
    self.best_value: Any = None
    self.best_metrics: Any = None
    self._interval = check_interval_secs
    self._looked_at: float | None = None
    self._latest: str | None = None

  def every_n_step_end(self, step: int, outputs: dict[Any, Any]) -> bool:
    if self._estimator is None:
      raise ValueError('Missing call to set_estimator.')
    now = time.monotonic()
    if (
      self._interval is not None
      and self._looked_at is not None
      and now - self._looked_at <= self._interval
    ):
      return False
    self._looked_at = now
    latest = tf.train.latest_checkpoint(self._estimator.model_dir)
    if latest is None or latest == self._latest:
      return False
    self._latest = latest
    found = self._evaluate()
    said = ', '.join(f'{name} = {value}' for name, value in found.items())
    _log.info('Validation (step %d): %s', step, said)
    return self.early_stopping_rounds is not None and self._judge(step, found)

  def _evaluate(self) -> dict[str, Any]:
    given = {k: v for k, v in self._input.items() if v is not None}
    if isinstance(self._estimator, base_estimator.Estimator) and given:
      raise ValueError(
        f'`{next(iter(given))}` must be None: an Estimator of tf.estimator takes '
        'none. Use `input_fn`.'
      )
    found: dict[str, Any] = self._estimator.evaluate(
      **given, **self._evaluation
    )
    return found

  def _judge(self, step: int, found: dict[str, Any]) -> bool:
    if self.early_stopping_metric not in found:
      raise ValueError(
        f'`early_stopping_metric` ({self.early_stopping_metric!r}) must be one '
        f'of {sorted(found)}.'
      )
    value = found[self.early_stopping_metric]
    is_better = self.best_value is None or (
      value < self.best_value
      if self.early_stopping_metric_minimize
      else value > self.best_value
    )
    if is_better:
      self.best_value = value
      self.best_metrics = copy.deepcopy(found)
      self.best_step = step
    rounds = self.early_stopping_rounds
    if rounds is None or step - (self.best_step or 0) < rounds:
      return False
    _log.info(
      'Stopping. Best step: %s with %s = %s.',
      self.best_step,
      self.early_stopping_metric,
      self.best_value,
    )
    self.early_stopped = True
    return True


class RunHookAdapterForMonitors(v1.train.SessionRunHook):
  """The hook that tells monitors of steps."""

  def __init__(self, monitors: Iterable[Any]):
    self._monitors = list(monitors)
    self._step = 0

  def begin(self) -> None:
    self._global_step = v1.train.get_or_create_global_step()
    for monitor in self._monitors:
      monitor.begin(max_steps=None)

  def after_create_session(self, session: Any, coord: Any) -> None:
    self._step = int(session.run(self._global_step)) + 1

  def before_run(self, run_context: Any) -> Any:
    graph = run_context.session.graph
    wanted: list[Any] = []
    for monitor in self._monitors:
      wanted.extend(monitor.step_begin(self._step) or [])
    fetches = {
      each: graph.as_graph_element(each, allow_operation=False)
      for each in wanted
    }
    return v1.train.SessionRunArgs(fetches)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    values = run_values.results
    for monitor in self._monitors:
      if monitor.step_end(self._step, values):
        run_context.request_stop()
    for monitor in self._monitors:
      monitor.post_step(self._step, run_context.session)
    self._step += 1

  def end(self, session: Any) -> None:
    for monitor in self._monitors:
      monitor.end(session=session)


def replace_monitors_with_hooks(
  monitors_or_hooks: Any, estimator: Any
) -> list[Any]:
  """Hooks of what may be monitors.

  Args:
    monitors_or_hooks: Of both kinds; or None.
    estimator: Which trains.
  """
  given = list(monitors_or_hooks or [])
  hooks = [each for each in given if isinstance(each, v1.train.SessionRunHook)]
  others = [each for each in given if each not in hooks]
  if not estimator.config.is_chief:
    others = [each for each in others if each.run_on_all_workers]
  for monitor in others:
    monitor.set_estimator(estimator)
  if others:
    hooks.append(RunHookAdapterForMonitors(others))
  return hooks
