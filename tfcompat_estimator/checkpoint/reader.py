"""Reads single variables of a directory's latest checkpoint."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.checkpoint import source as source_lib

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
  if not reader.has_tensor(v1.GraphKeys.GLOBAL_STEP):
    return 0
  return int(reader.get_tensor(v1.GraphKeys.GLOBAL_STEP))


def _source(model_dir: str) -> source_lib.Source:
  source = source_lib.Source(model_dir)
  if source.path is None:
    raise ValueError(
      f'Could not find trained model in model_dir: {model_dir}. Train first.'
    )
  return source
