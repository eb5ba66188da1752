"""Lets go of iterators without waiting for the thread that tunes them.

Who frees an iterator of tf.data waits for the thread that tunes it. That thread
sleeps between its sums, 10 ms at first and up to a minute in a long training, and
often sleeps on when it should end (seen in TensorFlow 2.15 to 2.21, one time in
three: `CancellationManager::StartCancel` calls what wakes the thread, and only then
sets the flag that the thread looks at). What the iterator reads, buffers and holds
open is freed before that wait; of the rest, its dataset may be large.
"""

import threading
from typing import Any

_MOST = 4  # iterators whose datasets may wait at once

_waiting: list[threading.Thread] = []
_lock = threading.Lock()


def let_go(handles: list[Any], patience: float) -> None:
  """Frees iterators, in threads of their own.

  Args:
    handles: Eager tensors, each of them the last reference to an iterator; the
      list is emptied.
    patience: Seconds to wait for each at most, unless too many wait already:
      functions of Python may run, such as a generator's `finally`, which a program
      expects to have run when its call ends.
  """
  threads = []
  while handles:
    last = [handles.pop()]
    # TensorFlow frees a tensor without Python's lock.
    threads.append(threading.Thread(target=last.clear, daemon=True))
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join(patience)
  with _lock:
    _waiting[:] = [t for t in [*_waiting, *threads] if t.is_alive()]
    too_many = _waiting[:-_MOST]
  for thread in too_many:
    thread.join()
