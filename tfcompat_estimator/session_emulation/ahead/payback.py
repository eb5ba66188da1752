"""Tells when to build a loop saves more time than it takes."""

import math
import time
from collections.abc import Callable

import tensorflow as tf

# What it takes to build and compile a loop, by the size of the graph. A short
# training or evaluation is done sooner without.
SECONDS_PER_OPERATION = 0.00015
# A loop saves some tenths of a millisecond a run: too little to matter if a run
# takes as long as this.
SLOW_RUN_SECONDS = 0.005


class Payback:
  """Looks at the runs of a session, one by one.

  Nobody knows how many runs are still to come. A loop is due once the runs so
  far have taken as long as it takes to build one. So a session never takes
  more than twice as long as it would with the better choice from the start.

  Args:
    graph: the graph that the session runs.
    clock: tells the time, in seconds.

  Attributes:
    fastest: the seconds of the fastest run so far; infinite before the first.
  """

  def __init__(
    self, graph: tf.Graph, clock: Callable[[], float] = time.perf_counter
  ):
    self._graph = graph
    self._clock = clock
    self._runs = 0
    self.fastest = math.inf  # not the mean: some runs save a checkpoint
    self._since = 0.0
    self._price: float | None = None

  def begin_run(self) -> None:
    """A run begins."""
    self._since = self._clock()

  def end_run(self) -> None:
    """It has ended."""
    self.fastest = min(self.fastest, self._clock() - self._since)
    self._runs += 1

  @property
  def is_due(self) -> bool:
    """Whether a loop would pay from here on, if as much is still to come."""
    if not self._runs or self.fastest > SLOW_RUN_SECONDS:
      return False
    if self._price is None:
      self._price = SECONDS_PER_OPERATION * len(self._graph.get_operations())
    return self._runs * self.fastest >= self._price
