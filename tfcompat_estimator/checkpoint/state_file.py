"""Writes the `checkpoint` state file of a directory."""

import os

import tensorflow as tf

from tfcompat_estimator.checkpoint import whole_file

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
  whole_file.write(os.path.join(directory, filename or 'checkpoint'), state)


def _relative(path: str, directory: str) -> str:
  if os.path.dirname(path) == os.path.normpath(directory):
    return os.path.basename(path)
  return path
