"""Ends training in good order when the process is told to terminate."""

import contextlib
import math
import signal
import threading
from collections.abc import Iterator

import tensorflow as tf

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class TerminationHook(v1.train.SessionRunHook):
  """Requests to stop after the step in which the signal came."""

  def __init__(self):
    self.signalled = False

  def runs_before_control(self, global_step: int) -> float:
    """Asks for the next step once the signal has come."""
    return 0 if self.signalled else math.inf

  def after_run(self, run_context, run_values):
    if self.signalled:
      run_context.request_stop()


@contextlib.contextmanager
def graceful() -> Iterator[TerminationHook]:
  """While this is open, SIGTERM stops training; then the process exits.

  That is how schedulers announce that they will kill a process. Training stops
  as at its last step: a checkpoint is saved, hooks end. A second SIGTERM ends
  the process at once. A handler of the program's own is left alone, and so are
  threads but the main one, where Python allows no handlers.

  Raises:
    SystemExit: after the block, if the signal came; its code is 143, as a shell
      reports for a process that SIGTERM ended.
  """
  hook = TerminationHook()
  is_main = threading.current_thread() is threading.main_thread()
  if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
    yield hook
    return

  def handle(number: int, frame: object) -> None:
    del number, frame
    hook.signalled = True
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.warning('SIGTERM: training stops, and saves a checkpoint.')

  signal.signal(signal.SIGTERM, handle)
  try:
    yield hook
  finally:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
  if hook.signalled:
    raise SystemExit(128 + signal.SIGTERM)
