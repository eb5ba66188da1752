"""Holds what the model function of a TPUEstimator returns, and calls it."""

import inspect
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.records import (
  arguments,
  tpu_estimator_spec,
)

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class TPUEstimatorSpec(tpu_estimator_spec.TPUEstimatorSpec):
  """The operations and objects that a `model_fn` hands to a `TPUEstimator`.

  In place of metrics, a scaffold and summaries it has functions that make them:
  on a TPU they would run on the host, on tensors that the device sends there.

  Args:
    mode: A `ModeKeys` value.
    predictions: As in `EstimatorSpec`.
    loss: As in `EstimatorSpec`.
    train_op: As in `EstimatorSpec`.
    eval_metrics: A pair (metric_fn, tensors): `metric_fn` takes the tensors, a
      list or a dict by argument name, and returns what `eval_metric_ops` of an
      `EstimatorSpec` may be.
    export_outputs: As in `EstimatorSpec`.
    scaffold_fn: A function of no arguments that returns a `Scaffold`.
    host_call: A pair (function, tensors) likewise; what the function returns is
      run at each step.
    training_hooks: `SessionRunHook`s for training.
    evaluation_hooks: `SessionRunHook`s for evaluation.
    prediction_hooks: `SessionRunHook`s for prediction.

  Raises:
    ValueError: What the mode needs is missing, or a pair is none.
    TypeError: A function is not callable, or a hook of the wrong type.
    RuntimeError: A function takes another number of tensors.
  """

  __slots__ = ()

  @staticmethod
  def _check_pairs(**pairs: Any) -> None:
    for name, pair in pairs.items():
      if pair is not None:
        check_pair(name, pair)

  def _called(self) -> tuple[Any, tuple[Any, ...]]:
    metrics = None
    hooks: tuple[Any, ...] = ()
    if self.eval_metrics is not None:
      metrics = call_pair('eval_metrics', self.eval_metrics)
    if self.host_call is not None:
      hooks = (HostCallHook(call_pair('host_call', self.host_call)),)
    return metrics, hooks


def check_pair(name: str, pair: Any) -> None:
  """Checks a pair (function, tensors).

  Raises:
    ValueError: It is no pair, or the tensors are no list, tuple or dict.
    TypeError: The first element is not callable.
    RuntimeError: The function takes another number of arguments.
  """
  if not isinstance(pair, tuple | list):
    raise ValueError(f'{name} should be tuple or list, given: {pair}')
  if len(pair) != 2:
    raise ValueError(
      f'{name} should have two elements: a function and its tensors. Given: '
      f'{pair}'
    )
  function, tensors = pair
  if not callable(function):
    raise TypeError(f'{name}[0] should be callable, given: {function}')
  if not isinstance(tensors, tuple | list | dict):
    raise ValueError(
      f'{name}[1] should be tuple or list, or dict. Given: {tensors}'
    )
  if isinstance(tensors, dict) or _takes_any_number(function):
    return
  taken = len(arguments.names(function))
  if taken != len(tensors):
    raise RuntimeError(
      f'In TPUEstimatorSpec.{name}, length of tensors {len(tensors)} does not '
      f'match method args of the function, which takes {taken}.'
    )


def call_pair(name: str, pair: Any) -> Any:
  """Calls the function on its tensors, in the default graph."""
  function, tensors = pair
  if not isinstance(tensors, dict):
    return function(*tensors)
  try:
    return function(**tensors)
  except TypeError as error:
    logging.warning(
      f'Exception while calling {name}: {error}. It is likely the tensors '
      f"({name}[1]) do not match the function's arguments"
    )
    raise


def _takes_any_number(function: Any) -> bool:
  try:
    parameters = inspect.signature(function).parameters.values()
  except ValueError:
    return False
  return any(p.kind is p.VAR_POSITIONAL for p in parameters)


class HostCallHook(v1.train.SessionRunHook):
  """Runs what `host_call` returned at each step.

  It opens the writers of `tf.summary` (v2) in the graph before, and flushes
  them in the end.

  Args:
    fetches: Tensors and operations.
  """

  def __init__(self, fetches: Any):
    self._fetches = fetches

  def begin(self) -> None:
    self._open = _tf.summary_writer_initializer_op()
    self._flush = [
      tf.raw_ops.FlushSummaryWriter(writer=op.inputs[0]) for op in self._open
    ]

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    session.run(self._open)

  def before_run(self, run_context: Any) -> v1.train.SessionRunArgs:
    del run_context
    return v1.train.SessionRunArgs(self._fetches)

  def end(self, session: Any) -> None:
    session.run(self._flush)
