"""Chooses the checkpoint to restore or read: the newest one that is sound."""

import os
import re
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import integrity, listing, object_based
from tfcompat_estimator.records import arguments

logging = tf.compat.v1.logging
T = TypeVar('T')


def latest(directory: str) -> str | None:
  """The newest checkpoint of a directory whose files look whole.

  Unlike `tf.train.latest_checkpoint` it passes over damaged checkpoints, and
  finds those that no `checkpoint` state file names; a warning says so.

  Returns:
    The prefix of its files; None if there is none.
  """
  return _choose(arguments.as_path(directory), refused={})


class Source:
  """The checkpoint that a call uses.

  Args:
    directory: Whose newest sound checkpoint to use.
    path: The checkpoint to use instead; it then has to be sound.

  Attributes:
    path: The checkpoint, None if there is none yet. `attempt` sets it to an
      older one when this one turns out to be damaged.

  Raises:
    ValueError: The directory has checkpoints, but none is sound.
  """

  def __init__(self, directory: str, path: str | None = None):
    self._directory = arguments.as_path(directory)
    self._is_given = bool(path)
    self._refused: dict[str, str] = {}
    # A `_Latest` stays one.
    path = path if isinstance(path, str) else arguments.as_path(path)
    if path:
      _check_prefix(path)
    self.path: str | None = path or self._latest()

  def refresh(self) -> None:
    """Looks for the newest checkpoint anew."""
    if not self._is_given:
      self.path = self._latest()

  def attempt(self, use: Callable[[str], T]) -> T:
    """Calls `use` with the checkpoint; if it is damaged, with the next older.

    Args:
      use: Reads the checkpoint whose prefix it is given.

    Returns:
      What `use` returned.

    Raises:
      ValueError: There is no sound checkpoint left.
      Exception: From `use`, unless the reason is damage.
    """
    while True:
      if self.path is None:
        raise ValueError(f'There is no checkpoint in {self._directory}.')
      try:
        return use(self.path)
      except Exception as error:
        reason = integrity.damage(error, self.path)
        if self._is_given or reason is None:
          raise
        self._refused[self.path] = reason
        self.path = self._latest()
        if self.path is None:
          raise

  def retained(self, limit: int | None) -> list[str]:
    """The checkpoints that count for keep_checkpoint_max, oldest first.

    Args:
      limit: `keep_checkpoint_max`. Where no state file says which ones counted,
        these many do, so that no older one is removed.
    """
    found = listing.find(self._directory)
    if found.recorded is not None:
      return found.recorded
    prefixes = sorted(found.prefixes, key=listing.step_of)
    return prefixes[-limit:] if limit else prefixes

  def read_everything(self) -> None:
    """Makes sure that all values of the checkpoint can be read."""

    def check(path: str) -> None:
      reason = integrity.damaged_values(path)
      if reason is not None:
        raise tf.errors.DataLossError(None, None, reason)

    self.attempt(check)

  def _latest(self) -> str | None:
    path = _choose(self._directory, self._refused)
    if path is None:
      found = listing.find(self._directory).prefixes
      if found:  # perhaps only since the first look: another task may save
        path = _choose(self._directory, self._refused)
      if found and path is None:
        raise ValueError(
          f'The passed save_path is not a valid checkpoint: {found[0]}, and '
          f'{self._directory} has no sound one '
          f'({_reasons(found, self._refused)}). Put one back, or remove the '
          'files of all of them and `checkpoint` to begin anew.'
        )
    return path


class _Latest(str):
  """The path of a checkpoint that nobody named, and the `Source` it is from.

  Where only a path is handed on, the session that restores it can still take
  another one for it.
  """

  __slots__ = ('source',)

  source: Source


def path_of(directory: str, path: str | None) -> str | None:
  """The path to restore, for `of`; None if there is no checkpoint yet.

  Args:
    directory: As for `Source`.
    path: As for `Source`.
  """
  source = Source(directory, path)
  if path or source.path is None:
    return path
  latest = _Latest(source.path)
  latest.source = source
  return latest


def of(path: str | None) -> Source | None:
  """The source behind a path that `path_of` returned, or that a user named."""
  if isinstance(path, _Latest):
    return path.source
  path = arguments.as_path(path)
  return Source(os.path.dirname(path), path) if path else None


def _check_prefix(path: str) -> None:
  """Refuses what stands for a checkpoint, but is not its prefix.

  Raises:
    tf.errors.DataLossError: It is a folder, or a file of values.
    tf.errors.NotFoundError: It is an index.
  """
  prefix = re.sub(r'\.(index|meta|data-\d{5}-of-\d{5})$', '', path)
  if prefix != path and tf.io.gfile.exists(f'{prefix}.index'):
    is_index = path.endswith('.index')
    kind = tf.errors.NotFoundError if is_index else tf.errors.DataLossError
    raise kind(
      None,
      None,
      f'`checkpoint_path` ({path}) is one file of a checkpoint. Give the prefix that '
      f'its files share: {prefix}',
    )
  if tf.io.gfile.isdir(path) and not tf.io.gfile.exists(f'{path}.index'):
    raise tf.errors.DataLossError(
      None,
      None,
      f'`checkpoint_path` ({path}) is a directory. Give the prefix of a checkpoint in '
      'it, such as tf.train.latest_checkpoint of it returns.',
    )


def _choose(directory: str, refused: dict[str, str]) -> str | None:
  """The newest checkpoint that is not refused and looks sound; says why."""
  found = listing.find(directory)
  passed_over: list[tuple[str, str]] = []
  for prefix in found.prefixes:
    reason = refused.get(prefix) or integrity.defect(prefix)
    if reason is None:
      # A trainer that writes here may have moved on while we looked.
      if passed_over and listing.find(directory) != found:
        return _choose(directory, refused)
      _tell(directory, prefix, passed_over, found)
      return prefix
    passed_over.append((prefix, reason))
  return None


# What was said last, by directories: a call looks for its checkpoint several times.
_told: dict[str, list[str]] = {}


def _tell(
  directory: str,
  chosen: str,
  passed_over: list[tuple[str, str]],
  found: listing.Listing,
) -> None:
  """Warns of what is not as it should be, unless that was said before."""
  lines = [
    f'Checkpoint {prefix} is damaged: {reason}.'
    for prefix, reason in passed_over
  ]
  if found.recorded is None:
    named = ', '.join(found.prefixes)
    lines.insert(
      0,
      f'Found no readable file `checkpoint` in {directory}, but these checkpoints: '
      f'{named}.',
    )
  if lines == _told.get(directory, []) or not lines:
    return
  _told[directory] = lines
  for line in (*lines, f'Going on from {chosen}, the newest sound checkpoint.'):
    logging.warning('%s', line)


def _reasons(prefixes: list[str], refused: dict[str, str]) -> str:
  return '; '.join(
    f'{prefix}: {refused.get(prefix) or integrity.defect(prefix)}'
    for prefix in prefixes
  )


v1 = tf.compat.v1


def variable_names(model_dir: str) -> list[str]:
  """The names of the variables in the latest checkpoint.

  Raises:
    ValueError: There is no checkpoint.
  """
  return [name for name, _ in tf.train.list_variables(_source(model_dir).path)]


def variable_value(model_dir: str, name: str) -> np.ndarray:
  """The value of the variable `name` in the latest checkpoint.

  The name may be that of the variable's tensor, which ends in `:0`.

  Raises:
    ValueError: There is no checkpoint.
    tf.errors.NotFoundError: It has no such variable.
  """
  name = name.removesuffix(':0')

  def read(path: str) -> np.ndarray:
    reader = tf.train.load_checkpoint(path)
    if not reader.has_tensor(name):
      raise tf.errors.NotFoundError(
        None, None, f'Key {name} not found in checkpoint {path}'
      )
    return reader.get_tensor(name)

  return _source(model_dir).attempt(read)


def global_step(path: str) -> int:
  """The global step that a checkpoint holds, 0 if it holds none."""
  reader = tf.train.load_checkpoint(path)
  name = v1.GraphKeys.GLOBAL_STEP
  if not reader.has_tensor(name):
    name = object_based.keys_by_name(path).get(name, name)
  return int(reader.get_tensor(name)) if reader.has_tensor(name) else 0


def _source(model_dir: str) -> Source:
  source = Source(model_dir)
  if source.path is None:
    raise ValueError(
      f'Could not find trained model in model_dir: {model_dir}. Train first.'
    )
  return source
