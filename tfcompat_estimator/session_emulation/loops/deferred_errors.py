"""Lets an error of steps run in a loop come up where a run would have raised it."""

import tensorflow as tf


class NextRun(tf.compat.v1.train.SessionRunHook):
  """The last hook of a session: the next run raises what it was given.

  The error then passes through the hooks, and through what MonitoredSession does
  about errors, just as if the run itself had failed.
  """

  def __init__(self) -> None:
    self._error: Exception | None = None

  def fails_with(self, error: Exception) -> None:
    """Makes the next run of the session raise `error`."""
    self._error = error

  def before_run(
    self, run_context: tf.compat.v1.train.SessionRunContext
  ) -> None:
    """Raises the error, if there is one."""
    del run_context
    error, self._error = self._error, None
    if error is not None:
      raise error
