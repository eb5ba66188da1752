"""Has Python free the graphs of past sessions before they add up.

A graph is full of circles, so it waits for Python's collector, which looks at
old objects the more rarely the more of them there are: TensorFlow alone makes
300,000. A hundred graphs may wait, some hundred kilobytes each, and the holes
that they leave are memory which the process keeps.
"""

import gc
import time

_SESSIONS = 20  # that may wait
_SHARE = 0.02  # of the time that may be spent


class _Collector:
  """Counts the sessions, and the time."""

  def __init__(self) -> None:
    self._waiting = 0
    self._not_before = 0.0

  def after_session(self) -> None:
    """Collects, if it is time."""
    self._waiting += 1
    start = time.perf_counter()
    # Who turned the collector off does not want it at all.
    if self._waiting < _SESSIONS or start < self._not_before:
      return
    if not gc.isenabled():
      return
    gc.collect()
    end = time.perf_counter()
    self._waiting = 0
    self._not_before = end + (end - start) / _SHARE


collector = _Collector()
