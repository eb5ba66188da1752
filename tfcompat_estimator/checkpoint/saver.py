"""Writes checkpoints so that a kill at any moment leaves one to restore."""

import os
import shutil
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import atomic_file, integrity, listing
from tfcompat_estimator.errors import kinds

gfile = tf.io.gfile


class GuardedSaver:
  """Has a saver save so that the last good checkpoint is never lost.

  TensorFlow writes a new checkpoint beside the old ones and names it in the
  state file last, so a kill does no harm. But at its start, training writes the
  checkpoint anew that it has just restored; meanwhile a second name keeps the
  old files. After an error, such as a full disk, the pieces of the failed
  checkpoint are removed and the error says what is left.

  The state file also gets the times of the checkpoints, without which
  `tf.train.CheckpointManager` does not see them.

  Args:
    saver: A `tf.compat.v1.train.Saver` or what has its interface.
  """

  def __init__(self, saver: Any):
    self._saver = saver

  def __getattr__(self, name: str) -> Any:
    return getattr(self._saver, name)

  def save(
    self, session: Any, save_path: str, global_step: int, **options: Any
  ) -> str | None:
    """Saves the variables, as `tf.compat.v1.train.Saver.save`.

    Raises:
      tf.errors.OpError: The files could not be written; of the type that
        TensorFlow raised, with a message that says what is left.
    """
    prefix = f'{save_path}-{global_step}'
    stand_in = _keep(prefix)
    try:
      path = self._saver.save(
        session, save_path, global_step=global_step, **options
      )
      if path is not None:
        atomic_file.add_times(os.path.dirname(prefix))
    except tf.errors.OpError as error:
      _put_back(prefix, stand_in)
      raise _explained(error, prefix) from error
    if stand_in is not None:
      _remove(stand_in)
    return path


def _keep(prefix: str) -> str | None:
  """Gives the files of an existing checkpoint a second name."""
  if not gfile.exists(prefix + '.index') or integrity.defect(prefix):
    return None
  stand_in = prefix + listing.STAND_IN
  atomic_file.copy_checkpoint(prefix, stand_in)
  return stand_in


def _put_back(prefix: str, stand_in: str | None) -> None:
  """Removes the pieces of a checkpoint that could not be written."""
  if gfile.exists(prefix + '_temp'):
    gfile.rmtree(prefix + '_temp')
  if integrity.defect(prefix) is None:
    if stand_in is not None:
      _remove(stand_in)
    return
  if stand_in is None:
    _remove(prefix)
    return
  for path in gfile.glob(stand_in + '.data-*'):
    gfile.rename(path, prefix + path.removeprefix(stand_in), overwrite=True)
  gfile.rename(stand_in + '.index', prefix + '.index', overwrite=True)


def _remove(prefix: str) -> None:
  for path in [prefix + '.index', *gfile.glob(prefix + '.data-*')]:
    if gfile.exists(path):
      gfile.remove(path)


def _explained(error: tf.errors.OpError, prefix: str) -> tf.errors.OpError:
  """The same error, with a message for who has to make space."""
  directory = os.path.dirname(prefix)
  reason = integrity.why(error)
  last = tf.train.latest_checkpoint(directory)
  if last == prefix:  # TensorFlow writes the graph last
    failed = f'the graph of the checkpoint, {prefix}.meta'
    left = 'The checkpoint itself is whole'
  else:
    failed = f'the checkpoint {prefix}'
    left = f'The last good one is {last}' if last else 'There is no earlier one'
  message = (
    f'Could not save {failed}: {reason}{_space(directory)}. {left}. When the '
    'folder can be written again, train() goes on from there.'
  )
  if type(error) is tf.errors.OpError:
    # It takes the code that its subclasses stand for.
    return type(error)(error.node_def, error.op, message, error.error_code)
  return kinds.retold(error, message)


def _space(directory: str) -> str:
  try:
    free = shutil.disk_usage(directory).free
  except OSError:
    return ''
  return f' ({free} bytes are free in {directory})'
