"""Makes hooks that end training when a condition or a metric says so."""

import operator
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import optional_variables
from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.hooks import eval_metrics
from tfcompat_estimator.records import argument_docs, arguments
from tfcompat_estimator.session_emulation.loops import (
  hook_protocol,
  hook_schedule,
)

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_SCOPE = 'signal_early_stopping'
_NAME = 'STOP'

_described = argument_docs.shared(
  {
    'estimator': 'The `tf.estimator.Estimator` that is trained.',
    'metric_name': "A metric of its evaluations, for instance `'loss'`.",
    'eval_dir': (
      'Where evaluations write their events; `estimator.eval_dir()` by default.'
    ),
    'min_steps': 'Evaluations before this global step do not count.',
    'run_every_secs': 'Seconds between looks at the evaluations, or None.',
    'run_every_steps': 'Steps between looks at the evaluations, instead.',
    'Returns': (
      'A `SessionRunHook`, as from `make_early_stopping_hook`, with its errors. A '
      '`KeyError` ends training if evaluations know no metric of that name.'
    ),
  }
)


def make_early_stopping_hook(
  estimator, should_stop_fn, run_every_secs=60, run_every_steps=None
):
  """Makes a hook that ends training once `should_stop_fn` returns True.

  The decision is kept in the variable `signal_early_stopping/STOP`, which is
  in the checkpoints too, so that every worker of a cluster sees it. Training
  may go on from a checkpoint that lacks it. Workers in step
  (MultiWorkerMirroredStrategy) need no variable: they end together, soon after.

  Args:
    estimator: The `tf.estimator.Estimator` that is trained.
    should_stop_fn: A function of no arguments that returns a bool.
    run_every_secs: Seconds from one call of `should_stop_fn` to the next; the
      first comes after the first step. None if `run_every_steps` is given.
    run_every_steps: Steps from one call to the next, instead.

  Returns:
    A `SessionRunHook` for `Estimator.train` or a `TrainSpec`.

  Raises:
    TypeError: If `estimator` is none, or `should_stop_fn` no function.
    ValueError: If both intervals are given; or, when training starts, neither.
  """
  if not arguments.is_estimator(estimator):
    raise TypeError(
      '`estimator` must have type `tf.estimator.Estimator`. Got: '
      f'{type(estimator)}'
    )
  if not callable(should_stop_fn):
    raise TypeError(
      f'`should_stop_fn` must be callable. Got: {should_stop_fn!r}'
    )
  if run_every_secs is not None and run_every_steps is not None:
    raise ValueError(
      'Only one of `run_every_secs` and `run_every_steps` must be set. Given: '
      f'{run_every_secs} and {run_every_steps}. Set the other to None.'
    )
  strategy = estimator.config.train_distribute
  if strategies.is_multi_worker(strategy):
    return StopAllWhen(
      should_stop_fn, strategy, run_every_secs, run_every_steps
    )
  if estimator.config.is_chief:
    return _StopOnPredicateHook(should_stop_fn, run_every_secs, run_every_steps)
  return _CheckForStoppingHook()


@_described
def stop_if_higher_hook(
  estimator,
  metric_name,
  threshold,
  eval_dir=None,
  min_steps=0,
  run_every_secs=60,
  run_every_steps=None,
):
  """Makes a hook that ends training once a metric is above a threshold.

  Args:
    threshold: A number.
  """
  return _stop_if_crossed(
    estimator,
    (metric_name, eval_dir, min_steps),
    (operator.gt, 'greater than', threshold),
    (run_every_secs, run_every_steps),
  )


@_described
def stop_if_lower_hook(
  estimator,
  metric_name,
  threshold,
  eval_dir=None,
  min_steps=0,
  run_every_secs=60,
  run_every_steps=None,
):
  """Makes a hook that ends training once a metric is below a threshold.

  Args:
    threshold: Training ends when the metric is smaller than this.
  """
  return _stop_if_crossed(
    estimator,
    (metric_name, eval_dir, min_steps),
    (operator.lt, 'less than', threshold),
    (run_every_secs, run_every_steps),
  )


@_described
def stop_if_no_increase_hook(
  estimator,
  metric_name,
  max_steps_without_increase,
  eval_dir=None,
  min_steps=0,
  run_every_secs=60,
  run_every_steps=None,
):
  """Makes a hook that ends training once a metric has stopped to increase.

  Args:
    max_steps_without_increase: How many global steps after its best value the
      metric may go without a better one.
  """
  return _stop_if_no_improvement(
    estimator,
    (metric_name, eval_dir, min_steps),
    (operator.gt, 'increase', max_steps_without_increase),
    (run_every_secs, run_every_steps),
  )


@_described
def stop_if_no_decrease_hook(
  estimator,
  metric_name,
  max_steps_without_decrease,
  eval_dir=None,
  min_steps=0,
  run_every_secs=60,
  run_every_steps=None,
):
  """Makes a hook that ends training once a metric has stopped to decrease.

  Args:
    max_steps_without_decrease: How many global steps after its smallest value
      the metric may go without a smaller one.
  """
  return _stop_if_no_improvement(
    estimator,
    (metric_name, eval_dir, min_steps),
    (operator.lt, 'decrease', max_steps_without_decrease),
    (run_every_secs, run_every_steps),
  )


def _stop_if_crossed(
  estimator: Any,
  source: tuple[str, str | None, int],
  condition: tuple[Callable[[Any, Any], bool], str, Any],
  intervals: tuple[Any, Any],
) -> v1.train.SessionRunHook:
  """Makes the hook for a metric on the wrong side of a threshold."""
  read = _metric_reader(estimator, *source)
  is_beyond, words, threshold = condition

  def stop_if_crossed_fn() -> bool:
    for step, value in read():
      if is_beyond(value, threshold):
        logging.info(
          'At step %s, metric "%s" has value %s which is %s the configured '
          'threshold (%s) for early stopping.',
          step,
          source[0],
          value,
          words,
          threshold,
        )
        return True
    return False

  return make_early_stopping_hook(estimator, stop_if_crossed_fn, *intervals)


def _stop_if_no_improvement(
  estimator: Any,
  source: tuple[str, str | None, int],
  condition: tuple[Callable[[Any, Any], bool], str, int],
  intervals: tuple[Any, Any],
) -> v1.train.SessionRunHook:
  """Makes the hook for a metric that gets no better."""
  read = _metric_reader(estimator, *source)
  is_better, word, max_steps = condition

  def stop_if_no_improvement_fn() -> bool:
    best: float | None = None
    best_step = 0
    for step, value in read():
      if best is None or is_better(value, best):
        best, best_step = value, step
      if step - best_step >= max_steps:
        logging.info(
          'No %s in metric "%s" for %s steps, which is greater than or equal '
          'to max steps (%s) configured for early stopping.',
          word,
          source[0],
          step - best_step,
          max_steps,
        )
        return True
    return False

  return make_early_stopping_hook(
    estimator, stop_if_no_improvement_fn, *intervals
  )


def _metric_reader(
  estimator: Any, metric_name: str, eval_dir: str | None, min_steps: int
) -> Callable[[], list[tuple[int, float]]]:
  """Makes a function that reads the steps and values of a metric so far."""
  eval_dir = eval_dir or estimator.eval_dir()

  def read() -> list[tuple[int, float]]:
    recorded = {
      step: metrics
      for step, metrics in eval_metrics.read_eval_metrics(eval_dir).items()
      if step >= min_steps
    }
    values = [
      (step, metrics[metric_name])
      for step, metrics in recorded.items()
      if metric_name in metrics
    ]
    if recorded and not values:
      # Not the first step only: another evaluation may report other metrics.
      known = sorted(
        {name for metrics in recorded.values() for name in metrics}
      )
      raise KeyError(
        f'{metric_name!r} is no metric of the evaluations in {eval_dir}. '
        f'`metric_name` must be one of {known}.'
      )
    return values

  return read


class _Asks(hook_protocol.EngineHook):
  """Asks a function at intervals whether to stop."""

  def __init__(
    self,
    should_stop_fn: Callable[[], bool],
    run_every_secs: float | None = 60,
    run_every_steps: int | None = None,
  ):
    self._should_stop_fn = should_stop_fn
    self._timer = v1.train.SecondOrStepTimer(
      every_secs=run_every_secs, every_steps=run_every_steps
    )
    self._global_step: Any = None

  def runs_before_control(self, global_step: int) -> float:
    """How many runs the hook need not see, as the fused loop asks."""
    return hook_schedule.runs_until(self._timer, global_step)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._global_step)

  def _is_to_stop(self, step: int) -> bool:
    if not self._timer.should_trigger_for_step(step):
      return False
    self._timer.update_last_triggered_step(step)
    if not self._should_stop_fn():
      return False
    logging.info('Requesting early stopping at global step %d', step)
    return True


# Old module paths serve this and the next hook under these names.
class _StopOnPredicateHook(_Asks):
  """Asks a function whether to stop, and tells the other workers."""

  def begin(self) -> None:
    self._global_step = _tf.get_or_create_global_step_read()
    self._stop_op = get_or_create_stop_variable().assign(True)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    if self._is_to_stop(run_values.results):
      run_context.session.run(self._stop_op)
      run_context.request_stop()


class _CheckForStoppingHook(v1.train.SessionRunHook):
  """Stops a worker when its chief has decided to."""

  def __init__(self) -> None:
    self._stop_variable: Any = None

  def begin(self) -> None:
    self._stop_variable = get_or_create_stop_variable()

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    return v1.train.SessionRunArgs(self._stop_variable)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    if run_values.results:
      logging.info('Early stopping requested, suspending run.')
      run_context.request_stop()


def get_or_create_stop_variable() -> tf.Variable:
  """The flag, shared by all early stopping hooks of a graph."""
  with v1.variable_scope(_SCOPE, reuse=v1.AUTO_REUSE):
    variable = v1.get_variable(
      name=_NAME,
      shape=[],
      dtype=tf.bool,
      initializer=v1.constant_initializer(False),
      collections=[v1.GraphKeys.GLOBAL_VARIABLES],
      trainable=False,
    )
  optional_variables.declare(variable)
  return variable


class StopAllWhen(_Asks):
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
    super().__init__(should_stop_fn, run_every_secs, run_every_steps)
    self._is_chief = strategy.extended._id_in_cluster == 0  # noqa: SLF001

  def begin(self) -> None:
    self.wants_to_stop = False  # of an earlier training
    self._global_step = v1.train.get_global_step()

  def runs_before_control(self, global_step: int) -> float:
    """How many runs the hook need not see, as the fused loop asks."""
    if not self._is_chief:
      return hook_protocol.NEVER
    return super().runs_before_control(global_step)

  def after_run(self, run_context: Any, run_values: Any) -> None:
    step = run_values.results
    if not self._is_chief:
      return
    self.wants_to_stop |= self._is_to_stop(step)
    self.runs_to_decision = hook_schedule.runs_until(self._timer, step + 1) + 1
