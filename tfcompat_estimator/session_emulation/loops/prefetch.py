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
from tfcompat_estimator.session_emulation.loops import (
  fused_steps,
  hook_schedule,
  loop,
  loops,
  side_effects,
)
from tfcompat_estimator.session_emulation.opening import session_creator
from tfcompat_estimator.session_emulation.run import emulated_session, plans

v1 = tf.compat.v1

_MOST_BATCHES = 256
_MOST_SECONDS = 0.05  # that the first batch of a loop waits for the last one
_MOST_BYTES = 2**24


class Prefetch:
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
    creator: session_creator.EmulatedSessionCreator,
    hooks: Sequence[v1.train.SessionRunHook],
    fetches: Any,
    graph: tf.Graph,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._creator = creator
    self._fetches = fetches
    self._may = (
      fused_steps.enabled()
      and bool(_flat(fetches))
      and hook_schedule.never_watched(hooks)
    )
    self._loops = loops.Loops(
      self._make_loop, graph, loops.names(_flat(fetches)), clock
    )
    self._build: plans.Build = lambda values: values
    self._taken = 0  # batches that the caller has had
    self.next_run = self._loops.next_run

  def begin_run(self) -> None:
    """Says that the session runs what the caller waits for."""
    self._loops.begin_run()

  def end_run(self) -> None:
    """Says that it has ended, before the caller gets the result."""
    self._loops.end_run()
    self._taken += 1

  @property
  def may_run(self) -> bool:
    """Whether `run` may ever return anything."""
    return self._may and not self._loops.is_over

  @property
  def taken(self) -> int:
    """How many batches went well."""
    return self._taken

  def run(self, last: Any) -> list[Any]:
    """The results of the runs that follow; none to let the session run.

    An error is raised by the next run of the session.

    Args:
      last: The result of the last run.
    """
    ready = self._loops.ready(self._creator.session)
    if ready is None:
      return []
    result = self._loops.call(ready, self._limit(last))
    if not result.runs:
      return []
    self._taken += result.runs
    return [self._build(values) for values in result.values]

  def _make_loop(
    self, session: emulated_session.EmulatedSession
  ) -> loop.Loop | None:
    if not side_effects.may_run_early(session, self._fetches):
      return None
    handler, self._build = plans.builder(session, self._fetches)
    tensors = handler.fetches()
    if loop.may_be_missing(session, tensors, handler.targets()):
      return None
    with _tf.eager_mode():
      dtypes = [tensor.dtype.base_dtype for tensor in tensors]
      sink = loop.Queue(dtypes, _MOST_BATCHES)
    return loop.Loop(session, tensors, handler.targets(), sink)

  def _limit(self, last: Any) -> int:
    by_size = _MOST_BYTES // max(1, _bytes(last))
    by_time = _MOST_SECONDS / self._loops.seconds_per_run
    return int(max(1, min(self._taken, _MOST_BATCHES, by_size, by_time)))


def _bytes(result: Any) -> int:
  return sum(array.nbytes for array in _flat(result))


def _flat(nest: Any) -> list[Any]:
  """The items of predictions; keys of several types cannot be sorted."""
  values = nest.values() if isinstance(nest, Mapping) else [nest]
  return [item for value in values for item in tf.nest.flatten(value)]
