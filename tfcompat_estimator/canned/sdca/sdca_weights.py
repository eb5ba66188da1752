"""Keeps the weights that SDCA works on beside those of the model."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


class Weights:
  """A variable of the model, whole or in parts, and its unshrunk values.

  The dual variables determine the unshrunk values; the model's own are nearer
  to 0 by the l1 regularization.

  Args:
    variable: The model's variable.
  """

  def __init__(self, variable: Any) -> None:
    is_partitioned = not hasattr(variable, 'trainable')
    self.parts = list(variable) if is_partitioned else [variable]
    self._unshrunk = [
      v1.Variable(
        tf.zeros(part.shape, part.dtype),
        name=f'{part.op.name}_unshrunk',
        use_resource=True,
      )
      for part in self.parts
    ]

  def gather(self, ids: tf.Tensor) -> tf.Tensor:
    """Rows of the unshrunk values."""
    if len(self._unshrunk) == 1:
      return tf.gather(self._unshrunk[0], ids)
    return v1.nn.embedding_lookup(self._unshrunk, ids, partition_strategy='div')

  def read(self) -> tf.Tensor:
    """All unshrunk values."""
    return tf.concat(self._unshrunk, axis=0)

  def add(self, deltas: tf.Tensor) -> list[tf.Operation]:
    """Adds to all unshrunk values."""
    sizes = [part.shape.as_list()[0] for part in self._unshrunk]
    return [
      part.assign_add(tf.reshape(delta, part.shape), read_value=False)
      for part, delta in zip(
        self._unshrunk, tf.split(deltas, sizes), strict=True
      )
    ]

  def add_rows(self, ids: tf.Tensor, deltas: tf.Tensor) -> list[tf.Operation]:
    """Adds to rows of the unshrunk values."""
    deltas = tf.reshape(deltas, [-1, *self.parts[0].shape.as_list()[1:]])
    if len(self._unshrunk) == 1:
      return [v1.scatter_add(self._unshrunk[0], ids, deltas).op]
    added, begin = [], 0
    for part in self._unshrunk:
      end = begin + part.shape.as_list()[0]
      is_here = (begin <= ids) & (ids < end)
      here = tf.boolean_mask(ids, is_here) - begin
      delta = tf.boolean_mask(deltas, is_here)
      added.append(v1.scatter_add(part, here, delta).op)
      begin = end
    return added

  def shrink(self, by: float) -> list[tf.Operation]:
    """Makes the model's values of the unshrunk ones: nearer to 0 by `by`."""
    return [
      part.assign(_shrunk(unshrunk.read_value(), by), read_value=False)
      for part, unshrunk in zip(self.parts, self._unshrunk, strict=True)
    ]


def _shrunk(values: tf.Tensor, by: float) -> tf.Tensor:
  if not by:
    return values
  return tf.sign(values) * tf.maximum(tf.abs(values) - by, 0.0)
