"""Reads single variables of a directory's latest checkpoint."""

import numpy as np
import tensorflow as tf


def variable_names(model_dir: str) -> list[str]:
  """The names of the variables in the latest checkpoint.

  Raises:
    ValueError: there is no checkpoint.
  """
  return [name for name, _ in tf.train.list_variables(_latest(model_dir))]


def variable_value(model_dir: str, name: str) -> np.ndarray:
  """The value of the variable `name` in the latest checkpoint.

  Raises:
    ValueError: there is no checkpoint.
    tf.errors.NotFoundError: it has no such variable.
  """
  path = _latest(model_dir)
  reader = tf.train.load_checkpoint(path)
  if not reader.has_tensor(name):
    raise tf.errors.NotFoundError(
      None, None, f'Key {name} not found in checkpoint {path}'
    )
  return reader.get_tensor(name)


def _latest(model_dir: str) -> str:
  path = tf.train.latest_checkpoint(model_dir)
  if path is None:
    raise ValueError(
      f'Could not find trained model in model_dir: {model_dir}. Train first.'
    )
  return path
