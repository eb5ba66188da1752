"""Tells when to build a loop saves more time than it takes."""

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


# What runs took that a loop would have spared, by what ran: of sessions that have
# ended, too, since a loop serves those to come. Where it could not be shared,
# there is a None. Of several graphs of one name and size, which are rare, the one
# counts for the other.
_Key = tuple[str, int]
_spent: dict[_Key, float | None] = {}
_built: set[_Key] = set()


class Payback:
  """Looks at the runs of a session, one by one.

  Nobody knows how many runs are still to come. A loop is due once the runs so
  far have taken as long as it takes to build one. So a program never takes
  more than twice as long as it would with the better choice from the start.

  Args:
    graph: The graph that the session runs.
    name: Of what is run. Where it was run before, those runs count. None: they
      do not.
    clock: Tells the time, in seconds.

  Attributes:
    fastest: The seconds of the fastest run so far; infinite before the first.
  """

  def __init__(
    self,
    graph: tf.Graph,
    name: str | None = None,
    clock: Callable[[], float] = time.perf_counter,
  ):
    self._graph = graph
    self._name = name
    self._clock = clock
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
  def is_due(self) -> bool:
    """Whether a loop would pay from here on, if as much is still to come."""
    if not self._runs or self.fastest > SLOW_RUN_SECONDS:
      return False
    spent = self._earlier + self._runs * self.fastest
    if self._counts_on:
      _spent[self._key] = spent
    return spent >= self._price

  @property
  def was_built(self) -> bool:
    """Whether such a loop was built in this process, and may be at hand."""
    return self._key in _built

  def built(self, is_shared: bool) -> None:
    """Says that the loop was built now, and whether other sessions get it."""
    _built.add(self._key)
    _spent[self._key] = 0.0 if is_shared else None

  @functools.cached_property
  def _key(self) -> _Key:
    # Asked for when the session is open: no operations come after that.
    return self._name or '', len(self._graph.get_operations())

  @functools.cached_property
  def _price(self) -> float:
    return SECONDS_PER_OPERATION * self._key[1]

  @functools.cached_property
  def _earlier(self) -> float:
    return (_spent.get(self._key) or 0.0) if self._counts_on else 0.0

  @functools.cached_property
  def _counts_on(self) -> bool:
    return self._name is not None and _spent.get(self._key, 0.0) is not None
