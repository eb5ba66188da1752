"""Writes files of a model directory, each whole or not at all."""

import os

import tensorflow as tf


def write(path: str, message: object) -> None:
  """Writes a protocol buffer as text, or any text, in place of what was there.

  str() of a message is written in C, ten times as fast as protobuf's
  `text_format`, which reads it all the same.
  """
  part = f'{path}.tmp{os.getpid():032x}'  # `stale_files` knows such names
  with tf.io.gfile.GFile(part, 'w') as file:
    file.write(str(message))
  tf.io.gfile.rename(part, path, overwrite=True)


gfile = tf.io.gfile


def add_times(directory: str, filename: str | None = None) -> None:
  """Adds to the state file when each checkpoint in it was written.

  Paths stay relative where they lie in the directory.
  """
  state = tf.train.get_checkpoint_state(directory, filename)
  if state is None:
    return
  paths = list(state.all_model_checkpoint_paths)
  try:
    times = [gfile.stat(path + '.index').mtime_nsec / 1e9 for path in paths]
  except tf.errors.NotFoundError:
    return  # one was removed meanwhile; the next save tells anew
  state.model_checkpoint_path = _relative(
    state.model_checkpoint_path, directory
  )
  state.ClearField('all_model_checkpoint_paths')
  state.all_model_checkpoint_paths.extend(
    _relative(path, directory) for path in paths
  )
  state.ClearField('all_model_checkpoint_timestamps')
  state.all_model_checkpoint_timestamps.extend(times)
  write(os.path.join(directory, filename or 'checkpoint'), state)


def _relative(path: str, directory: str) -> str:
  if os.path.dirname(path) == os.path.normpath(directory):
    return os.path.basename(path)
  return path


def copy_checkpoint(prefix: str, target: str) -> None:
  """Copies a checkpoint, so that it is there whole or not at all.

  Data files are linked where that can be done, which takes no space and no time:
  TensorFlow writes them under another name first and never changes them.

  Args:
    prefix: The checkpoint.
    target: The prefix of the copy, in a folder that exists.

  Raises:
    tf.errors.OpError: The checkpoint is not there (any more), or the copy cannot
      be written.
  """
  for path in gfile.glob(prefix + '.data-?????-of-?????'):
    _link(path, target + path.removeprefix(prefix))
  # The index, which is small, may be written in place. Its copy comes last: with
  # it, the copy is a checkpoint.
  gfile.copy(prefix + '.index', target + '.part', overwrite=True)
  gfile.rename(target + '.part', target + '.index', overwrite=True)


def _link(source: str, target: str) -> None:
  if gfile.exists(target):
    gfile.remove(target)
  try:
    os.link(source, target)
  except OSError:  # not every file system has links
    gfile.copy(source, target)
