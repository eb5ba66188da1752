"""Runs a program many times in one call, in a loop inside TensorFlow."""

import abc
import dataclasses
import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import (
  function as function_lib,
)
from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.session_emulation.run import session as session_lib


class Result(NamedTuple):
  """What a loop did."""

  runs: int  # completed
  values: Any  # what the sink kept of them; None without any
  error: Exception | None  # what the next run raised


class Sink(abc.ABC):
  """Where the values go that the runs of a loop compute."""

  @property
  @abc.abstractmethod
  def handles(self) -> Sequence[tf.Tensor]:
    """The handles of what it keeps them in."""

  @staticmethod
  @abc.abstractmethod
  def write(
    handles: Sequence[tf.Tensor], values: Sequence[tf.Tensor]
  ) -> list[tf.Operation]:
    """Builds, inside a loop, what takes in the values of one run."""

  @abc.abstractmethod
  def read(self, runs: int) -> Any:
    """What there is after so many runs, one at least."""


class LastValues(Sink):
  """Keeps the values of the last run.

  Args:
    dtypes: Of the values.
  """

  def __init__(self, dtypes: Sequence[tf.DType]):
    self._dtypes = list(dtypes)
    self._variables = [
      _variable(tf.zeros([0], dtype), shape=tf.TensorShape(None))
      for dtype in dtypes
    ]

  @property
  def handles(self) -> Sequence[tf.Tensor]:
    return [variable.handle for variable in self._variables]

  @staticmethod
  def write(
    handles: Sequence[tf.Tensor], values: Sequence[tf.Tensor]
  ) -> list[tf.Operation]:
    return [
      tf.raw_ops.AssignVariableOp(resource=handle, value=value)
      for handle, value in zip(handles, values, strict=True)
    ]

  def read(self, runs: int) -> list[Any]:
    del runs
    return [variable.numpy() for variable in self._variables]


class Queue(Sink):
  """Keeps the values of all runs, in order.

  Args:
    dtypes: Of the values.
    capacity: The most runs whose values it may have to keep.
  """

  def __init__(self, dtypes: Sequence[tf.DType], capacity: int):
    self._dtypes = list(dtypes)
    self._queue = tf.queue.FIFOQueue(capacity, self._dtypes)

  @property
  def handles(self) -> Sequence[tf.Tensor]:
    return [self._queue.queue_ref]

  @staticmethod
  def write(
    handles: Sequence[tf.Tensor], values: Sequence[tf.Tensor]
  ) -> list[tf.Operation]:
    enqueue = tf.raw_ops.QueueEnqueueV2(
      handle=handles[0], components=list(values)
    )
    return [enqueue]

  def read(self, runs: int) -> list[list[Any]]:
    return [self._next() for _ in range(runs)]

  def _next(self) -> list[Any]:
    values = tf.raw_ops.QueueDequeueV2(
      handle=self._queue.queue_ref, component_types=self._dtypes
    )
    return [value.numpy() for value in values]


def _variable(initial_value: Any, **kwargs: Any) -> tf.Variable:
  """A variable of the engine's own.

  In the scope of a tf.distribute strategy, which belongs to the graph, it would
  become one for all replicas.
  """
  with tf.Graph().as_default(), _tf.eager_mode():
    return tf.Variable(initial_value, **kwargs)


class Loop:
  """A function that runs a step up to a number of times.

  It ends early at an error, after a NaN, and when the global step does not go
  up by one.

  Args:
    session: Where the step runs.
    fetches: What a run of it computes.
    targets: What it runs besides.
    sink: Where the values of the fetches go.
    losses: How many of the last fetches are losses, which may be NaN.
    global_step: The variable that each run increments by one; None if runs do
      not count there.
  """

  def __init__(
    self,
    session: session_lib.EmulatedSession,
    fetches: Sequence[tf.Tensor],
    targets: Sequence[Any],
    sink: Sink,
    losses: int = 0,
    global_step: tf.Variable | None = None,
  ):
    self.session = session
    self._sink = sink
    with _tf.eager_mode():
      step = session.function(fetches, targets)
      # How far a loop has got when an error ends it.
      self._runs = _variable(0, dtype=tf.int64)
      counter = [] if global_step is None else [session.handle(global_step)]
      handles = [self._runs.handle, *counter, *sink.handles, *step.handles]
      shape = _Shape(len(counter), type(sink), len(sink.handles), losses)
      self._function = function_lib.Function(
        lambda: shape.compile(step.compiled, handles),
        handles,
        step.key and shared.key_of(step.key, dataclasses.astuple(shape)),
      )
    session.keep(self._function)

  @property
  def is_at_hand(self) -> bool:
    """True if an earlier session has compiled it."""
    return self._function.is_at_hand

  def __call__(self, limit: int, global_step: int = 0) -> Result:
    """Runs up to `limit` steps, from the global step that is given."""
    error = None
    with _tf.eager_mode():
      self._runs.assign(0)
      try:
        self._function(
          tf.constant(limit, tf.int64), tf.constant(global_step, tf.int64)
        )
      except Exception as caught:  # noqa: BLE001 - handed over
        error = caught
      runs = int(self._runs.numpy())
      return Result(runs, self._sink.read(runs) if runs else None, error)


@dataclasses.dataclass(frozen=True)
class _Shape:
  """Builds loops; it knows how things lie, and nothing of a session."""

  counters: int  # handles of the global step: 0 or 1
  sink: type[Sink]
  kept: int  # handles of the sink
  losses: int

  def compile(
    self, step: shared.Compiled, handles: Sequence[tf.Tensor]
  ) -> shared.Compiled:
    """A function of a limit, a global step, and handles like these."""
    number = tf.TensorSpec([], tf.int64)
    return function_lib.compile_body(
      functools.partial(self._build, step), [number, number], handles
    )

  def _build(
    self,
    step: shared.Compiled,
    inputs: Sequence[tf.Tensor],
    handles: Sequence[tf.Tensor],
  ) -> list[tf.Tensor]:
    limit, global_step = inputs
    count, *handles = handles
    counter, handles = handles[: self.counters], handles[self.counters :]
    kept, given = handles[: self.kept], handles[self.kept :]

    def proceeds(runs: tf.Tensor, stop: tf.Tensor) -> tf.Tensor:
      return (runs < limit) & ~stop

    def one_step(
      runs: tf.Tensor, stop: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
      del stop
      outputs = function_lib.call(step, given)
      values = outputs[:-1]
      # A control edge from the call itself is lost when TensorFlow inlines the
      # call (2.16 to 2.21); edges from what the call returns are not.
      with tf.control_dependencies([tf.identity(output) for output in outputs]):
        runs += 1
        stop = self._must_stop(values, counter, global_step + runs)
        written = [
          tf.raw_ops.AssignVariableOp(resource=count, value=runs),
          *self.sink.write(kept, values),
        ]
      # Without automatic control dependencies, the loop waits for what its
      # outputs wait for, and nothing else.
      with tf.control_dependencies(written):
        return tf.identity(runs), tf.identity(stop)

    runs, _ = tf.while_loop(
      proceeds,
      one_step,
      [tf.constant(0, tf.int64), tf.constant(False)],
      parallel_iterations=1,
    )
    return [runs]

  def _must_stop(
    self,
    values: Sequence[tf.Tensor],
    counter: Sequence[tf.Tensor],
    expected_step: tf.Tensor,
  ) -> tf.Tensor:
    """True after a NaN, and when the global step went another way."""
    reasons = [tf.constant(False)]
    reasons += [
      tf.reduce_any(tf.math.is_nan(loss))
      for loss in values[len(values) - self.losses :]
      if loss.dtype.is_floating
    ]
    for handle in counter:
      step = tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.int64)
      reasons.append(tf.not_equal(step, expected_step))
    return tf.reduce_any(tf.stack(reasons))
