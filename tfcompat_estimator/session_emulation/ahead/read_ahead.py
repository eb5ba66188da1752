"""Computes some batches in one go before they are asked for, where none can tell.

A generator of predictions runs the model once a batch, and most of the time of a
small model goes into the call. So as many batches as were taken so far, within
limits, are computed in one loop inside TensorFlow and wait in a queue.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.ahead import (
  fused,
  payback,
  unseen,
  watch,
)
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.session_emulation.run import plans
from tfcompat_estimator.session_emulation.run import session as session_lib

v1 = tf.compat.v1

_MOST_BATCHES = 256
_MOST_SECONDS = 0.05  # that the first batch of a loop waits for the last one
_MOST_BYTES = 2**24


class ReadAhead:
  """Runs of a session that nobody has asked for yet.

  Args:
    creator: opened the session in use.
    hooks: all hooks of the session; one that looks at runs forbids it.
    fetches: what a run fetches.
    graph: where it runs.
  """

  def __init__(
    self,
    creator: creator_lib.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    fetches: Any,
    graph: tf.Graph,
  ):
    self._creator = creator
    self._fetches = fetches
    start = watch.Position(0, 0)
    self._may = (
      fused.enabled()
      and bool(_flat(fetches))
      and watch.runs_before_control(hooks, start) == watch.NEVER
    )
    self._payback = payback.Payback(graph)
    self._loop: _Loop | None = None
    self._taken = 0  # batches that the caller has had
    self._seconds_per_run = math.inf

  def begin_run(self) -> None:
    """Says that the session runs what the caller waits for."""
    self._payback.begin_run()

  def end_run(self) -> None:
    """Says that it has ended, before the caller gets the result."""
    self._payback.end_run()
    self._taken += 1

  @property
  def is_due(self) -> bool:
    """Whether `run` is worth a try."""
    return self._may and self._payback.is_due

  def run(self, last: Any) -> list[Any]:
    """The results of the runs that follow; none to let the session run.

    An error is kept for the session's next run.

    Args:
      last: the result of the last run.
    """
    session = self._creator.session
    if session is None:
      return []
    if self._loop is None or self._loop.session is not session:
      self._may = unseen.may_run_early(session, self._fetches)
      if not self._may:
        return []
      self._loop = _Loop(session, self._fetches)
    limit = self._limit(last)
    start = time.perf_counter()
    results = self._loop(limit)
    if results:
      self._seconds_per_run = (time.perf_counter() - start) / len(results)
      self._taken += len(results)
    return results

  def _limit(self, last: Any) -> int:
    by_size = _MOST_BYTES // max(1, _bytes(last))
    by_time = _MOST_SECONDS / self._seconds_per_run
    return int(max(1, min(self._taken, _MOST_BATCHES, by_size, by_time)))


def _bytes(result: Any) -> int:
  return sum(array.nbytes for array in _flat(result))


def _flat(nest: Any) -> list[Any]:
  """The items of predictions; keys of several types cannot be sorted."""
  values = nest.values() if isinstance(nest, Mapping) else [nest]
  return [item for value in values for item in tf.nest.flatten(value)]


class _Loop:
  """A function that runs the same fetches up to a number of times."""

  def __init__(self, session: session_lib.EmulatedSession, fetches: Any):
    self.session = session
    handler = _tf.FetchHandler(session.graph, fetches, {})
    self._build = plans.builder(handler, session)
    tensors = handler.fetches()
    self._dtypes = [tensor.dtype.base_dtype for tensor in tensors]
    with _tf.eager_mode():
      self._step = session.function(tensors, handler.targets())
      self._queue = tf.queue.FIFOQueue(_MOST_BATCHES, self._dtypes)
      self._function = session.loop(self._body, [tf.TensorSpec([], tf.int64)])

  def __call__(self, limit: int) -> list[Any]:
    with _tf.eager_mode():
      try:
        self._function(tf.constant(limit, tf.int64))
      except Exception as error:  # noqa: BLE001 - raised by the next run
        self.session.fail_next_run(error)
        limit = int(self._queue.size())
      return [self._next() for _ in range(limit)]

  def _next(self) -> Any:
    values = tf.raw_ops.QueueDequeueV2(
      handle=self._queue.queue_ref, component_types=self._dtypes
    )
    return self._build([value.numpy() for value in values])

  def _body(self, limit: tf.Tensor) -> tf.Tensor:
    def one_run(runs: tf.Tensor) -> tf.Tensor:
      outputs = self._step()
      # The last output waits for the targets.
      with tf.control_dependencies([tf.identity(outputs[-1])]):
        done = self._queue.enqueue(outputs[:-1])
      with tf.control_dependencies([done]):
        return runs + 1

    return tf.while_loop(
      lambda runs: runs < limit,
      one_run,
      [tf.constant(0, tf.int64)],
      parallel_iterations=1,
    )
