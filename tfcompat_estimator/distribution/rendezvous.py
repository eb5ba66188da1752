"""Waits for another task of the cluster: not for ever, and not in silence."""

import time
from collections.abc import Callable

import tensorflow as tf

logging = tf.compat.v1.logging

_SHORTEST = 0.1  # seconds between two looks; they grow to the longest
_LONGEST = 1.0
_SECONDS_TO_FIRST_LOG_LINE = 5.0
_SECONDS_BETWEEN_LOG_LINES = 30.0


class Wait:
  """Sleeps between looks at what another task does.

  Args:
    limit: Seconds that the waiting may take, all sleeps together.
    is_cancelled: Tells whether the process is to end instead.
    sleep: Waits for so many seconds.
    clock: Tells the time in seconds.
  """

  def __init__(
    self,
    limit: float,
    is_cancelled: Callable[[], bool] = lambda: False,
    # Looked up when it is called, since tests of programs patch it.
    sleep: Callable[[float], None] = lambda s: time.sleep(s),  # noqa: PLW0108
    clock: Callable[[], float] = time.monotonic,
  ):
    self._limit = limit
    self._is_cancelled = is_cancelled
    self.sleep = sleep
    self._clock = clock
    self._start = clock()
    self._next_line = self._start + _SECONDS_TO_FIRST_LOG_LINE
    self._pause = _SHORTEST

  @property
  def seconds(self) -> float:
    """How long this has taken."""
    return self._clock() - self._start

  def go_on(self, reason: str) -> None:
    """Sleeps once.

    Args:
      reason: What is waited for: a sentence, for the log and for the error.

    Raises:
      tf.errors.DeadlineExceededError: The limit is reached.
      SystemExit: The process was told to end; as `termination.graceful` says.
    """
    if self._is_cancelled():
      raise SystemExit(143)
    if self.seconds >= self._limit:
      raise tf.errors.DeadlineExceededError(
        None,
        None,
        f'Session was not ready after waiting {self._limit} secs '
        f'(RunConfig.session_creation_timeout_secs). {reason}',
      )
    if self._clock() >= self._next_line:
      self._next_line = self._clock() + _SECONDS_BETWEEN_LOG_LINES
      logging.warning('Waiting. %s', reason)
    self.sleep(self._pause)
    self._pause = min(_LONGEST, 1.5 * self._pause)
