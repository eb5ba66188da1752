"""Computes some batches in one go before they are asked for, where none can tell.

A generator of predictions runs the model once a batch, and most of the time of a
small model goes into the call. So as many batches as were taken so far, within
limits, are computed in one loop inside TensorFlow and wait in a queue.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.ahead import (
  fused,
  loop,
  next_run,
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
    creator: Opened the session in use.
    hooks: All hooks of the session; one that looks at runs forbids it.
    fetches: What a run fetches.
    graph: Where it runs.
    clock: Tells the time, in seconds.

  Attributes:
    next_run: A hook, to be the last one of the session.
  """

  def __init__(
    self,
    creator: creator_lib.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    fetches: Any,
    graph: tf.Graph,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._creator = creator
    self._fetches = fetches
    start = watch.Position(0, 0)
    self._may = (
      fused.enabled()
      and bool(_flat(fetches))
      and watch.runs_before_control(hooks, start) == watch.NEVER
    )
    self._clock = clock
    name = ' '.join(
      sorted(str(getattr(item, 'name', item)) for item in _flat(fetches))
    )
    self._payback = payback.Payback(graph, name, clock)
    self._loop: loop.Loop | None = None
    self._build: plans.Build = lambda values: values
    self._may_be_at_hand: bool | None = None  # not known before the first run
    self._taken = 0  # batches that the caller has had
    self._seconds_per_run = 0.0
    self.next_run = next_run.NextRun()

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
    return self._may and (self._payback.is_due or self._is_at_hand())

  def _is_at_hand(self) -> bool:
    """True if an earlier session has compiled the loop: it costs nothing."""
    session = self._creator.session
    if session is None:
      return False
    if self._may_be_at_hand is None:
      self._may_be_at_hand = self._payback.was_built
    if not self._may_be_at_hand:
      return False
    if self._loop is None:
      self._start(session)
    self._may_be_at_hand = self._loop is not None and self._loop.is_at_hand
    return self._may_be_at_hand

  def run(self, last: Any) -> list[Any]:
    """The results of the runs that follow; none to let the session run.

    An error is raised by the next run of the session.

    Args:
      last: The result of the last run.
    """
    session = self._creator.session
    if session is None:
      return []
    if self._loop is None or self._loop.session is not session:
      self._start(session)
      if self._loop is None:
        return []
      self._payback.built(self._loop.is_shared)
    start = self._clock()
    result = self._loop(self._limit(last))
    if result.error is not None:
      self.next_run.fails_with(result.error)
    if not result.runs:
      return []
    self._seconds_per_run = (self._clock() - start) / result.runs
    self._taken += result.runs
    return [self._build(values) for values in result.values]

  def _start(self, session: session_lib.EmulatedSession) -> None:
    self._loop = None
    self._may = unseen.may_run_early(session, self._fetches)
    if self._may:
      self._loop = self._make_loop(session)

  def _make_loop(self, session: session_lib.EmulatedSession) -> loop.Loop:
    handler = _tf.FetchHandler(session.graph, self._fetches, {})
    self._build = plans.builder(handler, session)
    tensors = handler.fetches()
    with _tf.eager_mode():
      dtypes = [tensor.dtype.base_dtype for tensor in tensors]
      sink = loop.Queue(dtypes, _MOST_BATCHES)
    return loop.Loop(session, tensors, handler.targets(), sink)

  def _limit(self, last: Any) -> int:
    by_size = _MOST_BYTES // max(1, _bytes(last))
    by_time = _MOST_SECONDS / (self._seconds_per_run or self._payback.fastest)
    return int(max(1, min(self._taken, _MOST_BATCHES, by_size, by_time)))


def _bytes(result: Any) -> int:
  return sum(array.nbytes for array in _flat(result))


def _flat(nest: Any) -> list[Any]:
  """The items of predictions; keys of several types cannot be sorted."""
  values = nest.values() if isinstance(nest, Mapping) else [nest]
  return [item for value in values for item in tf.nest.flatten(value)]
