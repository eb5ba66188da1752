"""Tells when the warm-up is over: when a loop saves more time than it takes."""

import dataclasses
import functools
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

_Key = tuple[str, int]


@dataclasses.dataclass
class History:
  """What is remembered of the sessions of a process, which share loops.

  Of several programs of one name in graphs of one size, which are rare, the one
  counts for the other.

  Attributes:
    spent: The seconds of the runs that a loop would have spared, by what ran;
      None where the loop could not be shared.
    built: The programs of which there was a loop.
  """

  spent: dict[_Key, float | None] = dataclasses.field(default_factory=dict)
  built: set[_Key] = dataclasses.field(default_factory=set)

  def clear(self) -> None:
    """Forgets all."""
    self.spent.clear()
    self.built.clear()


of_process = History()


class WarmUp:
  """Looks at the runs of a session, one by one.

  Nobody knows how many runs are still to come. The warm-up is over once the runs
  so far have taken as long as it takes to build a loop. So a program never takes
  more than twice as long as it would with the better choice from the start.

  Args:
    graph: The graph that the session runs.
    name: Of what is run. Where it was run before, those runs count. None: they
      do not.
    clock: Tells the time, in seconds.
    history: Of earlier sessions.

  Attributes:
    fastest: The seconds of the fastest run so far; infinite before the first.
  """

  def __init__(
    self,
    graph: tf.Graph,
    name: str | None = None,
    clock: Callable[[], float] = time.perf_counter,
    history: History = of_process,
  ):
    self._graph = graph
    self._name = name
    self._clock = clock
    self._history = history
    self._runs = 0
    self.fastest = math.inf  # not the mean: some runs save a checkpoint
    self._since = 0.0

  def begin_run(self) -> None:
    """A run begins."""
    self._since = self._clock()

  def end_run(self) -> None:
    """It has ended."""
    self.fastest = min(self.fastest, self._clock() - self._since)
    self._runs += 1

  @property
  def is_over(self) -> bool:
    """Whether a loop would pay from here on, if as much is still to come."""
    if not self._runs or self.fastest > SLOW_RUN_SECONDS:
      return False
    spent = self._earlier + self._runs * self.fastest
    if self._counts_on:
      self._history.spent[self._key] = spent
    return spent >= self._price

  @property
  def was_built(self) -> bool:
    """Whether such a loop was built in this process, and may still be kept."""
    return self._key in self._history.built

  def built(self, is_shared: bool) -> None:
    """Says that the loop was built now, and whether other sessions get it."""
    self._history.built.add(self._key)
    self._history.spent[self._key] = 0.0 if is_shared else None

  @functools.cached_property
  def _key(self) -> _Key:
    # Asked for when the session is open: no operations come after that.
    return self._name or '', len(self._graph.get_operations())

  @functools.cached_property
  def _price(self) -> float:
    return SECONDS_PER_OPERATION * self._key[1]

  @functools.cached_property
  def _earlier(self) -> float:
    if not self._counts_on:
      return 0.0
    return self._history.spent.get(self._key) or 0.0

  @functools.cached_property
  def _counts_on(self) -> bool:
    return (
      self._name is not None
      and self._history.spent.get(self._key, 0.0) is not None
    )
