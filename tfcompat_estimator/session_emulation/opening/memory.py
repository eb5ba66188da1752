"""Frees the graphs of past sessions before they add up.

The objects of a graph refer to each other in circles. Only Python's garbage
collector frees such objects, and the more objects there are in a process, the
more rarely it looks at the old ones. TensorFlow alone makes 300,000. So a
hundred graphs of some hundred kilobytes each may be waiting; and memory that
is freed late, between things that stay, is not given back to the system.
"""

import gc
import time

_SESSIONS = 20  # whose graphs may be waiting
_SHARE = 0.02  # of the time, which collecting may take at most


class _Collector:
  """Counts the sessions, and the time."""

  def __init__(self) -> None:
    self._waiting = 0
    self._not_before = 0.0

  def after_session(self) -> None:
    """Calls the collector, if enough graphs wait and it has not just run."""
    self._waiting += 1
    start = time.perf_counter()
    if self._waiting < _SESSIONS or start < self._not_before:
      return
    if not gc.isenabled():  # the program does not want it to run at all
      return
    gc.collect()
    end = time.perf_counter()
    self._waiting = 0
    self._not_before = end + (end - start) / _SHARE


collector = _Collector()
