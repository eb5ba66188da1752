"""Builds the loop over a program when that pays, and calls it."""

import math
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import (
  loop,
  warm_up,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
Session = emulated_session.EmulatedSession


class NextRun(v1.train.SessionRunHook):
  """The last hook of a session: the next run raises what a loop met.

  The error then passes through the hooks, and through what MonitoredSession does
  about errors, just as if the run itself had failed.
  """

  def __init__(self) -> None:
    self._error: Exception | None = None

  def fails_with(self, error: Exception) -> None:
    """Makes the next run of the session raise `error`."""
    self._error = error

  def before_run(self, run_context: v1.train.SessionRunContext) -> None:
    """Raises the error, if there is one."""
    del run_context
    error, self._error = self._error, None
    if error is not None:
      raise error


class Loops:
  """The loops of one program, one for each session that is opened.

  Args:
    make: Makes the loop of a session; None if its runs must not be in one.
    graph: The graph that the sessions run.
    name: Of the program; runs of earlier sessions count for the warm-up.
    clock: Tells the time, in seconds.

  Attributes:
    next_run: A hook, to be the last one of the session: the next run raises
      what a loop met.
    seconds_per_run: Of the last loop, or of the fastest run by itself, whichever
      took less: the first loop is compiled, and others may wait for a busy
      machine. Infinite before the first run.
    is_over: True once `make` returned None.
  """

  def __init__(
    self,
    make: Callable[[Session], loop.Loop | None],
    graph: tf.Graph,
    name: str,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._make = make
    self._clock = clock
    self._warm_up = warm_up.WarmUp(graph, name, clock)
    self._session: Session | None = None
    self._loop: loop.Loop | None = None
    self._was_compiled = False
    self._seconds_per_run = 0.0
    self.next_run = NextRun()
    self.is_over = False

  def begin_run(self) -> None:
    """Says that a run by itself begins."""
    self._warm_up.begin_run()

  def end_run(self) -> None:
    """Says that it has ended."""
    self._warm_up.end_run()

  @property
  def has_run(self) -> bool:
    """Whether a loop has."""
    return bool(self._seconds_per_run)

  @property
  def seconds_per_run(self) -> float:
    return min(self._seconds_per_run or math.inf, self._warm_up.fastest)

  def ready(self, session: Session | None) -> loop.Loop | None:
    """The loop over a session; None while it is not worth its price.

    A loop that an earlier session has compiled costs nothing, so it is looked
    for at once.
    """
    if session is None or self.is_over:
      return None
    if session is not self._session:
      self._session, self._loop = session, None
      self._was_compiled = self._warm_up.was_built
    if self._loop is None and self._was_compiled:
      self._was_compiled = False  # one look tells
      if self._build(session) is None:
        return None
    if self._loop is not None and self._loop.is_compiled:
      return self._loop
    if not self._warm_up.is_over:
      return None
    if self._loop is None and self._build(session) is None:
      return None
    assert self._loop is not None
    self._warm_up.built(self._loop.is_shared)
    return self._loop

  def call(
    self, ready: loop.Loop, limit: int, start: int | None = None
  ) -> loop.Result:
    """Runs a loop; what it raises is raised by the next run.

    Args:
      ready: What `ready` returned.
      limit: The most runs.
      start: The global step, if the loop counts there.
    """
    began = self._clock()
    result = ready(limit, start)
    if result.runs:
      self._seconds_per_run = (self._clock() - began) / result.runs
    if result.error is not None:
      self.next_run.fails_with(result.error)
    return result

  def _build(self, session: Session) -> loop.Loop | None:
    self._loop = self._make(session)
    self.is_over = self._loop is None
    return self._loop


def names(fetches: list[Any]) -> str:
  """What tells programs of one graph apart."""
  return ' '.join(sorted(str(getattr(item, 'name', item)) for item in fetches))
