"""Ends training in good order when the process is told to terminate."""

import contextlib
import signal
import threading
from collections.abc import Iterator

import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_CODE = 128 + signal.SIGTERM  # as a shell reports it


class TerminationHook(hook_protocol.EngineHook):
  """Requests to stop after the step in which the signal came."""

  def __init__(self):
    self.signalled = False

  def has_come(self) -> bool:
    """Whether the signal has come."""
    return self.signalled

  def runs_before_control(self, global_step: int) -> float:
    """Asks for the next step once the signal has come."""
    return 0 if self.signalled else hook_protocol.NEVER

  def after_run(self, run_context, run_values):
    if self.signalled:
      run_context.request_stop()


@contextlib.contextmanager
def at_once() -> Iterator[threading.Event]:
  """While this is open, SIGTERM ends the process as an exception does.

  That is for roles that have nothing to save: what they opened is closed. A
  handler of the program's own is left alone, and so are threads but the main one.

  Python ignores an exception of a signal's handler that runs within `__del__` or
  the callback of a weak reference. So what takes long looks now and then whether
  the signal has come, and leaves the block then.

  Yields:
    An event that is set once the signal has come.

  Raises:
    SystemExit: If the signal came, at the end of the block at the latest; its
      code is 143.
  """
  has_come = threading.Event()
  if not _may_handle():
    yield has_come
    return

  def handle(number: int, frame: object) -> None:
    del number, frame
    has_come.set()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise SystemExit(_CODE)

  signal.signal(signal.SIGTERM, handle)
  try:
    yield has_come
  finally:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
  if has_come.is_set():
    raise SystemExit(_CODE)


@contextlib.contextmanager
def graceful() -> Iterator[TerminationHook]:
  """While this is open, SIGTERM stops training; then the process exits.

  That is how schedulers announce that they will kill a process. Training stops
  as at its last step: a checkpoint is saved, hooks end. A second SIGTERM ends
  the process at once. A handler of the program's own is left alone, and so are
  threads but the main one, where Python allows no handlers.

  Raises:
    SystemExit: After the block, if the signal came; its code is 143, as a
      shell reports for a process that SIGTERM ended.
  """
  hook = TerminationHook()
  if not _may_handle():
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
    raise SystemExit(_CODE)


def _may_handle() -> bool:
  """Whether the signal is not handled otherwise, and can be by this thread."""
  is_main = threading.current_thread() is threading.main_thread()
  return is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
