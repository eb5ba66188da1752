"""Tells when to build a loop saves more time than it takes."""

import math
import time

# To build and compile a loop takes as long as some hundred calls of a small
# model, so a short training or evaluation is done sooner without.
WARM_UP_RUNS = 100
# A loop spares about a tenth of a millisecond a run, nothing beside this.
SLOW_RUN_SECONDS = 0.005


class Payback:
  """Looks at the runs of a session, one by one."""

  def __init__(self) -> None:
    self._runs = 0
    self._fastest = math.inf  # not the mean: some runs save a checkpoint
    self._since = 0.0

  def begin_run(self) -> None:
    """A run begins."""
    self._since = time.perf_counter()

  def end_run(self) -> None:
    """It has ended."""
    self._fastest = min(self._fastest, time.perf_counter() - self._since)
    self._runs += 1

  @property
  def is_due(self) -> bool:
    """Whether a loop would pay from here on, if as much is still to come."""
    return self._runs >= WARM_UP_RUNS and self._fastest < SLOW_RUN_SECONDS
