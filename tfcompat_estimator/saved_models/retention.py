"""Says which exports of a directory are old, and removes them."""

import os
from collections.abc import Iterable
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator.saved_models import version_folder

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
      path = version_folder.renamed_to_remove(path)
    tf.io.gfile.rmtree(path)
  except tf.errors.OpError as error:
    tf.compat.v1.logging.warning(
      'Can not delete %s recursively: %s', path, error
    )
