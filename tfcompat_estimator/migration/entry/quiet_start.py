"""Keeps what TensorFlow tells while it is imported to the wanted level, and once.

TF_CPP_MIN_LOG_LEVEL does not count for what its libraries log before logging is set
up, and each of the two that `import tensorflow` loads tells of oneDNN and CUDA anew
(TensorFlow 2.18 to 2.21; tensorflow/tensorflow#100442).
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from tfcompat_estimator.migration.entry import import_hook

LOG_LEVEL = 'TF_CPP_MIN_LOG_LEVEL'
_STDERR = 2
_SECONDS = 5.0  # for the filter to end, which takes none

# A process of its own, so that nothing is lost if the import ends this one, as on
# a CPU without AVX. Of lines that differ in time and thread only, one is shown.
_FILTER = r"""
import re, sys
level, seen, shown = int(sys.argv[1]), set(), True
for line in sys.stdin.buffer:
  log = re.match(rb'([IWEF])\d{4} [\d:.]+ +\d+ (\S+\.cc:\d+\].*)', line)
  if log:
    shown = b'IWEF'.index(log[1]) >= level and log[2] not in seen
    seen.add(log[2])
  elif line.startswith(b'WARNING: All log messages before absl'):
    shown = False
  elif not line.startswith(b'To enable the following instructions'):
    shown = True
  if shown:
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()
"""


def begin() -> None:
  """Has the first import of TensorFlow filtered, if it is still to come."""
  os.environ.setdefault(LOG_LEVEL, '1')  # nothing about the CPU
  if 'tensorflow' in sys.modules:
    return
  hook = import_hook.Hook(
    serve=lambda _: None,
    completes='tensorflow'.__eq__,
    complete=lambda _: sys.meta_path.remove(hook),
    around=_filtered,
  )
  sys.meta_path.insert(0, hook)


@contextlib.contextmanager
def _filtered() -> Iterator[None]:
  """Sends what is written to the process's stderr through the filter."""
  level = os.environ.get(LOG_LEVEL, '')
  command = [sys.executable, '-I', '-S', '-c', _FILTER]
  try:
    kept = os.dup(_STDERR)
    filtering = subprocess.Popen(  # noqa: S603  # our own code, by this Python
      [*command, level if level.isdecimal() else '0'],
      stdin=subprocess.PIPE,
      start_new_session=True,  # Ctrl-C is for the program, not for the filter
    )
  except OSError:  # no stderr, or no process to be had: then unfiltered
    yield
    return
  assert filtering.stdin is not None
  with filtering.stdin as pipe:
    os.dup2(pipe.fileno(), _STDERR)
  try:
    yield
  finally:
    sys.stderr.flush()
    os.dup2(kept, _STDERR)
    os.close(kept)
    with contextlib.suppress(subprocess.TimeoutExpired):
      filtering.wait(_SECONDS)
