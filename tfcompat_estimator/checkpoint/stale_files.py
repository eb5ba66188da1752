"""Removes what a process left in a directory when it was killed there."""

import contextlib
import os
import re
from collections.abc import Iterator

import tensorflow as tf

from tfcompat_estimator.checkpoint import integrity, listing
from tfcompat_estimator.errors import paths

gfile = tf.io.gfile
logging = tf.compat.v1.logging

# Files that TensorFlow and this package write before they get their names, and
# the folders in which a checkpoint's shards wait.
_UNFINISHED_FILE = re.compile(
  r'.+(\.tmp[0-9a-f]{32}|\.tempstate\d+|\.kept\.part)'
)
_UNFINISHED_FOLDER = re.compile(r'.+-\d+_temp')
_PIECE = re.compile(
  r'(?P<prefix>.+-\d+)\.(meta|data-\d{5}-of-\d{5})'
  r'|(?P<stand_in>.+-\d+\.kept)\.(index|data-\d{5}-of-\d{5})'
)


@contextlib.contextmanager
def training_in(model_dir: str) -> Iterator[None]:
  """Cleans a model's directory, unless a living process trains there.

  A lock on the directory, which ends with its process, tells the two apart. On
  file systems that are not mounted nothing is locked or removed. Where another
  training goes on, a warning says so.
  """
  paths.check_folder(
    'model_dir', model_dir, 'Give a folder that may be written to.'
  )
  try:
    lock = _lock(model_dir)
  except BlockingIOError:
    lock = None
    logging.warning(
      'Another training is going on in %s. Each will replace checkpoints of '
      'the other. Stop one of them, or give it a model_dir of its own.',
      model_dir,
    )
  if lock is None:
    yield
    return
  try:
    for path in _found(model_dir):
      _remove(path)
    yield
  finally:
    os.close(lock)


def locked(directory: str) -> int | None:
  """Locks a directory; None if another holds the lock, or none can be had.

  Returns:
    A file descriptor to close, which ends the lock.
  """
  try:
    return _lock(directory)
  except BlockingIOError:
    return None


def _lock(directory: str) -> int | None:
  """Locks a directory; None where that cannot be done.

  Raises:
    BlockingIOError: Another holds the lock.
  """
  try:
    import fcntl

    descriptor = os.open(directory, os.O_RDONLY)
  except (ImportError, OSError):
    return None
  try:
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
  except OSError as error:
    os.close(descriptor)
    if isinstance(error, BlockingIOError):
      raise
    return None
  return descriptor


def _found(model_dir: str) -> list[str]:
  """The paths of what nobody will finish."""
  try:
    names = [name.rstrip('/') for name in gfile.listdir(model_dir)]
  except tf.errors.OpError:
    return []
  found = [
    name
    for name in names
    if _UNFINISHED_FILE.fullmatch(name) or _UNFINISHED_FOLDER.fullmatch(name)
  ]
  return [
    os.path.join(model_dir, name)
    for name in (*found, *_unused_pieces(model_dir, names))
  ]


def _unused_pieces(model_dir: str, names: list[str]) -> list[str]:
  """Files of checkpoints without an index, and stand-ins not needed any more."""
  listed = listing.find(model_dir)
  if listed.recorded is None:
    return []  # nobody can say what belongs together

  def is_used(prefix: str) -> bool:
    if prefix.endswith(listing.STAND_IN):
      replaced = os.path.join(model_dir, prefix.removesuffix(listing.STAND_IN))
      return f'{prefix}.index' in names and bool(integrity.defect(replaced))
    if {prefix, f'{prefix}.index'} & set(names):
      return True
    return os.path.join(model_dir, prefix) in listed.prefixes

  matches = [_PIECE.fullmatch(name) for name in names]
  return [
    m[0] for m in matches if m and not is_used(m['prefix'] or m['stand_in'])
  ]


def _remove(path: str) -> None:
  logging.info('Removing %s, which a process left unfinished.', path)
  try:
    if gfile.isdir(path):
      gfile.rmtree(path)
    else:
      gfile.remove(path)
  except tf.errors.OpError as error:
    logging.warning('Could not remove %s: %s', path, error.message)
