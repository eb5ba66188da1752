"""Makes the folder of a new version, which appears whole or not at all."""

import contextlib
import os
import re
import time
from collections.abc import Iterator

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import leftovers

gfile = tf.io.gfile
logging = tf.compat.v1.logging

# In folders that this package has not finished.
_MARK = '.unfinished'
_TEMPORARY = re.compile(r'temp-\d+')
# Without the mark a folder may be another program's: then it has to be this old.
_SECONDS_UNTIL_DEAD = 600


@contextlib.contextmanager
def new_version(base: str | bytes) -> Iterator[tuple[bytes, bytes]]:
  """A folder to fill, which is renamed when the block ends.

  What is written goes to `temp-<seconds>`, which TensorFlow Serving does not
  look at. After an error that is removed; after a kill, by the next call: a lock
  tells whether the process that made it still lives.

  Args:
    base: The directory of all versions.

  Yields:
    The folder to write to, and the path that it will have.
  """
  if '://' in tf.compat.as_str(base):
    version = _tf.export_utils.get_timestamped_export_dir(base)
    temporary, lock = _tf.export_utils.get_temp_export_dir(version), None
  else:
    _remove_dead(tf.compat.as_str(base))
    temporary, version, lock = _reserve(base)
  mark = os.path.join(temporary, _MARK.encode())
  try:
    yield temporary, version
    if gfile.exists(mark):
      gfile.remove(mark)
    gfile.rename(temporary, version)
  except BaseException:
    if gfile.exists(temporary):
      gfile.rmtree(temporary)
    raise
  finally:
    if lock is not None:
      os.close(lock)


def mark_unfinished(temporary: bytes) -> None:
  """Says that a folder is this package's, and not complete."""
  with gfile.GFile(os.path.join(temporary, _MARK.encode()), 'w') as file:
    file.write('')


def renamed_to_remove(version: str) -> str:
  """Renames a version to a folder that the next `new_version` removes, too.

  Returns:
    The new path.
  """
  folder, name = os.path.split(version.rstrip('/'))
  temporary = os.path.join(folder, f'temp-{name}')
  if gfile.exists(temporary):
    gfile.rmtree(temporary)
  gfile.rename(version, temporary)
  mark_unfinished(tf.compat.as_bytes(temporary))
  return temporary


def _reserve(base: str | bytes) -> tuple[bytes, bytes, int | None]:
  """Makes an empty temporary folder that no other process has."""
  gfile.makedirs(base)
  while True:
    version = _tf.export_utils.get_timestamped_export_dir(base)
    temporary = _tf.export_utils.get_temp_export_dir(version)
    try:
      os.mkdir(temporary)
      lock = leftovers.locked(temporary)
    except FileExistsError:
      time.sleep(1)  # another process exports in this second
      continue
    if gfile.exists(temporary) and not gfile.exists(version):
      return temporary, version, lock
    if lock is not None:
      os.close(lock)


def _remove_dead(base: str) -> None:
  """Removes the temporary folders of processes that are no more."""
  try:
    names = [name.rstrip('/') for name in gfile.listdir(base)]
  except tf.errors.OpError:
    return
  for name in filter(_TEMPORARY.fullmatch, names):
    path = os.path.join(base, name)
    lock = leftovers.locked(path)
    if lock is None:
      continue
    if _is_dead(path):
      logging.info('Removing %s, an export that was not finished.', path)
      with contextlib.suppress(tf.errors.OpError):
        gfile.rmtree(path)
    os.close(lock)


def _is_dead(path: str) -> bool:
  """Whether a folder that nobody locks may be removed."""
  entries = gfile.listdir(path)
  if not entries or _MARK in entries:
    return True
  newest = max(
    gfile.stat(os.path.join(folder, name)).mtime_nsec
    for folder, _, names in gfile.walk(path)
    for name in ('', *names)
  )
  return time.time() - newest / 1e9 > _SECONDS_UNTIL_DEAD
