"""Holds arguments of decoders, helpers and attention to what they must be."""

from typing import Any

import tensorflow as tf


def vector(name: str, value: Any, dtype: Any = None) -> tf.Tensor:
  """A tensor of shape (batch,)."""
  return _of_rank(
    name, value, dtype, 1, 'a vector, one entry for each sequence'
  )


def scalar(name: str, value: Any, dtype: Any = None) -> tf.Tensor:
  """A tensor of shape ()."""
  return _of_rank(name, value, dtype, 0, 'a single number')


def _of_rank(
  name: str, value: Any, dtype: Any, rank: int, wanted: str
) -> tf.Tensor:
  tensor = tf.convert_to_tensor(value, dtype, name=name)
  if tensor.shape.rank != rank:
    raise ValueError(f'`{name}` has shape {tensor.shape}; give {wanted}.')
  return tensor


def layer(name: str, value: Any) -> None:
  """Holds that an argument is None or a layer."""
  if value is not None and not hasattr(value, 'compute_output_shape'):
    raise TypeError(
      f'`{name}` is of type {type(value).__name__}; give a layer, such as '
      'tf.layers.Dense, or None.'
    )


def function(name: str, value: Any) -> None:
  """Holds that an argument can be called."""
  if not callable(value):
    raise TypeError(
      f'`{name}` is of type {type(value).__name__}; give a function.'
    )
