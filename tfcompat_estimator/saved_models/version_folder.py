"""Writes, lists and removes the version folders of SavedModels."""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import stale_files
from tfcompat_estimator.errors import paths
from tfcompat_estimator.records import arguments

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
      lock = stale_files.locked(temporary)
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
    lock = stale_files.locked(path)
    if lock is None:
      continue
    with contextlib.suppress(tf.errors.OpError):  # It may go meanwhile.
      if _is_dead(path):
        logging.info('Removing %s, an export that was not finished.', path)
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


v1 = tf.compat.v1

# The files of `assets_extra` go here, beside the assets that graphs refer to.
_ASSETS_EXTRA = 'assets.extra'


def write(
  export_dir_base: str | bytes,
  add_graphs: Callable[[v1.saved_model.Builder], None],
  assets_extra: Mapping[str, str] | None,
  as_text: bool,
) -> bytes:
  """Writes a SavedModel to a new directory named after the current second.

  Args:
    export_dir_base: The directory of all versions.
    add_graphs: Adds MetaGraphs and variables to the builder.
    assets_extra: Files to copy, by their path under `assets.extra`.
    as_text: Write `saved_model.pbtxt` rather than `saved_model.pb`.

  Returns:
    The path of the version directory.
  """
  _check_base(export_dir_base)
  if assets_extra is not None and not hasattr(assets_extra, 'items'):
    raise AttributeError(
      f'`assets_extra` ({assets_extra!r}) must be a dict from paths below assets.extra '
      'to files.'
    )
  with new_version(arguments.as_path(export_dir_base)) as (temporary, version):
    builder = v1.saved_model.Builder(temporary)  # wants an empty folder
    mark_unfinished(temporary)
    add_graphs(builder)
    builder.save(as_text)
    _copy_assets(temporary, assets_extra or {})
  return version


def _copy_assets(directory: bytes, assets_extra: Mapping[str, str]) -> None:
  for relative, source in assets_extra.items():
    path = os.path.join(
      arguments.as_path(directory), _ASSETS_EXTRA, arguments.as_path(relative)
    )
    gfile.makedirs(os.path.dirname(path))
    with paths.about('assets_extra', source, 'Give files that are there.'):
      gfile.copy(arguments.as_path(source), path)


def _check_base(base: str | bytes) -> None:
  """Raises unless a folder of exports is there, or can be made."""
  if not isinstance(base, str | bytes | os.PathLike):
    raise TypeError(
      f'`export_dir_base` ({base!r}) must be the path of a folder for exports.'
    )
  base = arguments.as_path(base)
  remedy = 'Give a folder that may be written to.'
  if '://' not in base:
    paths.check_folder('export_dir_base', base, remedy)


# A shorter number is no time in seconds since the epoch, so somebody else made
# that directory.
_FEWEST_DIGITS = 10


class Version(NamedTuple):
  """An export: its time, in seconds since the epoch, and its directory."""

  number: int
  path: str


def versions(paths: Iterable[str]) -> list[Version]:
  """Picks the exports out of the paths of a directory, the oldest first.

  Args:
    paths: Paths of directories, of which those named by a time are exports. A
      trailing slash, as some file systems list directories, does not matter.
  """
  found = []
  for path in paths:
    name = os.path.basename(path.rstrip('/'))
    if name.isdecimal() and len(name) >= _FEWEST_DIGITS:
      found.append(Version(int(name), path))
  return sorted(found)


def superfluous(found: list[Version], keep: int | None) -> list[Version]:
  """Picks the exports that are older than the newest `keep`; None keeps all."""
  if keep is None:
    return []
  return sorted(found)[: max(0, len(found) - keep)]


def list_versions(export_path: str) -> list[Version]:
  """Lists the exports of a directory, which need not exist, oldest first."""
  export_path = arguments.as_path(export_path)
  if not tf.io.gfile.isdir(export_path):
    return []
  paths = (
    os.path.join(export_path, name) for name in tf.io.gfile.listdir(export_path)
  )
  return versions(path for path in paths if tf.io.gfile.isdir(path))


def collect(export_path: str, keep: int | None) -> None:
  """Removes all but the newest `keep` exports of a directory.

  What cannot be removed, a server may be reading it, is left with a warning.
  """
  for version in superfluous(list_versions(export_path), keep):
    _remove(version.path)


def _remove(path: str) -> None:
  """Removes an export, which disappears whole: a kill leaves no part to serve."""
  try:
    if '://' not in path:  # there a folder is copied to be renamed
      path = renamed_to_remove(path)
    tf.io.gfile.rmtree(path)
  except tf.errors.OpError as error:
    tf.compat.v1.logging.warning(
      'Can not delete %s recursively: %s', path, error
    )
