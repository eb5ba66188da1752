"""Runs a program many times in one call, in a loop inside TensorFlow."""

import abc
import collections
import dataclasses
import functools
import weakref
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import (
  compiled_function,
  shared,
)
from tfcompat_estimator.session_emulation.run import emulated_session


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

  @staticmethod
  @abc.abstractmethod
  def finish(
    handles: Sequence[tf.Tensor], dtypes: Sequence[tf.DType]
  ) -> list[tf.Tensor]:
    """Builds, after a loop, what `read` is given."""

  @abc.abstractmethod
  def read(self, runs: int, finished: Sequence[tf.Tensor] | None) -> Any:
    """What there is after so many runs, one at least.

    Args:
      runs: How many runs ended well.
      finished: What the loop returned; None if it raised an error.
    """


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
      _assign(handle, value)
      for handle, value in zip(handles, values, strict=True)
    ]

  @staticmethod
  def finish(
    handles: Sequence[tf.Tensor], dtypes: Sequence[tf.DType]
  ) -> list[tf.Tensor]:
    return [
      tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype)
      for handle, dtype in zip(handles, dtypes, strict=True)
    ]

  def read(self, runs: int, finished: Sequence[tf.Tensor] | None) -> list[Any]:
    del runs
    if finished is None:
      return [variable.numpy() for variable in self._variables]
    return [value.numpy() for value in finished]


# Queues that nobody has any more, by capacity and types. TensorFlow (2.15 to 2.21)
# keeps the kernel of each queue that there ever was: 38 KB a call of `predict`.
_unused: dict[tuple[Any, ...], collections.deque[Any]] = (
  collections.defaultdict(lambda: collections.deque(maxlen=8))
)


class Queue(Sink):
  """Keeps the values of all runs, in order.

  Args:
    dtypes: Of the values.
    capacity: The most runs whose values it may have to keep.
  """

  def __init__(self, dtypes: Sequence[tf.DType], capacity: int):
    self._dtypes = list(dtypes)
    kind = (capacity, *self._dtypes)
    unused = _unused[kind]
    queue = _emptied(unused)
    if queue is None:
      queue = tf.queue.FIFOQueue(capacity, self._dtypes)
    self._queue = queue
    weakref.finalize(self, unused.append, self._queue).atexit = False

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

  @staticmethod
  def finish(
    handles: Sequence[tf.Tensor], dtypes: Sequence[tf.DType]
  ) -> list[tf.Tensor]:
    del handles, dtypes
    return []

  def read(
    self, runs: int, finished: Sequence[tf.Tensor] | None
  ) -> list[list[Any]]:
    del finished
    return [self._next() for _ in range(runs)]

  def _next(self) -> list[Any]:
    values = tf.raw_ops.QueueDequeueV2(
      handle=self._queue.queue_ref, component_types=self._dtypes
    )
    return [value.numpy() for value in values]


def _emptied(queues: collections.deque[Any]) -> Any:
  """One of the queues, empty; None if there is none."""
  try:
    queue = queues.popleft()
  except IndexError:
    return None
  for _ in range(int(queue.size())):
    queue.dequeue()
  return queue


def _variable(initial_value: Any, **kwargs: Any) -> tf.Variable:
  """A variable of the engine's own.

  In the scope of a tf.distribute strategy, which belongs to the graph, it would
  become one for all replicas.
  """
  with tf.Graph().as_default(), _tf.eager_mode():
    return tf.Variable(initial_value, **kwargs)


def may_be_missing(
  session: emulated_session.EmulatedSession,
  fetches: Sequence[tf.Tensor],
  targets: Sequence[Any],
) -> bool:
  """Whether a step may leave out what it is asked for.

  That is so in a branch of TF 1 that is not taken: a loop would end there.
  """
  names = [getattr(target, 'op', target).name for target in targets]
  tensors = [tensor.name for tensor in fetches]
  return bool(session.snapshot().may_be_missing(tensors, names))


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
    session: emulated_session.EmulatedSession,
    fetches: Sequence[tf.Tensor],
    targets: Sequence[Any],
    sink: Sink,
    losses: int = 0,
    global_step: tf.Variable | None = None,
  ):
    self.session = session
    self._sink = sink
    self._position = 0  # where the next loop starts, if nothing else counts
    with _tf.eager_mode():
      step = session.function(fetches, targets)
      # How far a loop has got, also when an error ends it, and where it ends.
      self._at, self._end = _variable(int64(0)), _variable(int64(0))
      limits = [self._at.handle, self._end.handle]
      counter = [] if global_step is None else [session.handle(global_step)]
      handles = [*limits, *counter, *sink.handles, *step.handles]
      shape = _Shape(
        len(fetches), len(counter), type(sink), len(sink.handles), losses
      )
      self._function = compiled_function.Function(
        lambda: shape.compile(step.compiled, handles),
        handles,
        step.key and shared.key_of(step.key, dataclasses.astuple(shape)),
        step.turn,
        # The position has no value after a step that lacks something.
        [(0, (*fetches, *targets)[0].name.partition(':')[0])],
      )
    session.keep(self._function)

  @property
  def is_shared(self) -> bool:
    """Whether other sessions may have it."""
    return self._function.key is not None

  @property
  def is_compiled(self) -> bool:
    """True if an earlier session has compiled it."""
    return self._function.is_compiled

  def __call__(self, limit: int, global_step: int | None = None) -> Result:
    """Runs up to `limit` steps, from the global step that is given."""
    start = self._position if global_step is None else global_step
    error = finished = None
    with _tf.eager_mode():
      try:
        at, *finished = self._function(int64(start), int64(start + limit))
      except Exception as caught:  # noqa: BLE001 - handed over
        at, error = self._at, self.session.located(caught)
      # An error may come before the loop has noted where it starts.
      runs = max(0, int(at.numpy()) - start)
      self._position = start + runs
      values = self._sink.read(runs, finished) if runs else None
      return Result(runs, values, error)


def int64(number: int) -> tf.Tensor:
  """The number as an `int64 []`."""
  # Of each number of Python's TensorFlow keeps a tensor (2.15 to 2.21), so that a
  # long training would take more and more memory (ROCm/tensorflow-upstream#1149).
  return tf.constant(np.array(number, np.int64))


@dataclasses.dataclass(frozen=True)
class _Shape:
  """Builds loops; it knows how things lie, and nothing of a session.

  What is in a loop beside the step counts for a small model: each operation
  takes some tenths of a microsecond, and a loop variable is three of them. So
  there is one variable, the position; the rest is read where it is needed.
  """

  values: int  # how many tensors a step computes for the sink
  counters: int  # handles of the global step: 0 or 1
  sink: type[Sink]
  kept: int  # handles of the sink
  losses: int

  def compile(
    self, step: shared.Compiled, handles: Sequence[tf.Tensor]
  ) -> shared.Compiled:
    """A function of a start, an end, and handles like these."""
    number = tf.TensorSpec([], tf.int64)
    proceeds = compiled_function.compile_body(self._proceeds, [number], handles)
    one_step = compiled_function.compile_body(
      functools.partial(self._one_step, step), [number], handles
    )
    dtypes = [output.dtype for output in step.outputs[: self.values]]
    return compiled_function.compile_body(
      functools.partial(self._whole, proceeds, one_step, dtypes),
      [number, number],
      handles,
      step,
    )

  def _whole(
    self,
    proceeds: shared.Compiled,
    one_step: shared.Compiled,
    dtypes: Sequence[tf.DType],
    inputs: Sequence[tf.Tensor],
    handles: Sequence[tf.Tensor],
  ) -> list[tf.Tensor]:
    """The loop, which notes first where it starts and ends."""
    start, end = inputs
    at, last, _, kept, _ = self._parted(handles)
    with tf.control_dependencies([_assign(at, start), _assign(last, end)]):
      start = tf.identity(start)
    ended = _tf.while_loop(proceeds, one_step, [start, *handles])
    with tf.control_dependencies([ended]):
      return [_read(at), *self.sink.finish(kept, dtypes)]

  def _proceeds(
    self, inputs: Sequence[tf.Tensor], handles: Sequence[tf.Tensor]
  ) -> tf.Tensor:
    """The condition of the loop."""
    (position,) = inputs
    _, last, *_ = self._parted(handles)
    with tf.control_dependencies([position]):
      return position < _read(last)

  def _one_step(
    self,
    step: shared.Compiled,
    inputs: Sequence[tf.Tensor],
    handles: Sequence[tf.Tensor],
  ) -> list[tf.Tensor]:
    """The body of the loop."""
    (position,) = inputs
    at, _, counter, kept, given = self._parted(handles)
    outputs = compiled_function.call(step, given)
    values = outputs[: self.values]
    # A control edge from the call itself is lost when TensorFlow inlines the
    # call (2.16 to 2.21); edges from what the call returns are not.
    with tf.control_dependencies([tf.identity(output) for output in outputs]):
      position += 1
      reasons = self._reasons_to_stop(values, counter, position)
      written = [_assign(at, position), *self.sink.write(kept, values)]
    # Without automatic control dependencies, the loop waits for what its
    # outputs wait for, and nothing else.
    with tf.control_dependencies(written):
      position = tf.identity(position)
      if reasons:
        stop = functools.reduce(tf.logical_or, reasons)
        position = tf.where(stop, tf.int64.max, position)
    return [position, *handles]

  def _parted(self, handles: Sequence[tf.Tensor]) -> list[Any]:
    """Those of the position, the end, the global step, the sink, the step."""
    at, last, *others = handles
    counter, others = others[: self.counters], others[self.counters :]
    return [at, last, counter, others[: self.kept], others[self.kept :]]

  def _reasons_to_stop(
    self,
    values: Sequence[tf.Tensor],
    counter: Sequence[tf.Tensor],
    position: tf.Tensor,
  ) -> list[tf.Tensor]:
    """What is true after a NaN, and when the global step went another way."""
    reasons = [
      tf.reduce_any(tf.math.is_nan(loss))
      for loss in values[len(values) - self.losses :]
      if loss.dtype.is_floating
    ]
    return reasons + [tf.not_equal(_read(step), position) for step in counter]


def _read(handle: tf.Tensor) -> tf.Tensor:
  return tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.int64)


def _assign(handle: tf.Tensor, value: tf.Tensor) -> tf.Operation:
  return tf.raw_ops.AssignVariableOp(resource=handle, value=value)
