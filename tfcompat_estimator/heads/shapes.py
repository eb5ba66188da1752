"""Checks the shapes of tensors, in graphs when they run, eagerly at once."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def check(
  actual: tf.Tensor, accepted: Sequence[tf.Tensor], message: str
) -> list[tf.Operation]:
  """Checks that a shape is one of those that are accepted.

  Args:
    actual: The shape, a vector.
    accepted: The shapes that it may be, of its length.
    message: What to say otherwise.

  Returns:
    The assertions to depend on: none, when run eagerly.

  Raises:
    ValueError: When run eagerly, if the check fails.
  """
  if tf.executing_eagerly():
    shapes = [tuple(shape.numpy()) for shape in accepted]
    if tuple(actual.numpy()) not in shapes:
      raise ValueError(
        f'{message} Given: {tuple(actual.numpy())}. Accepted: {shapes}.'
      )
    return []
  data: list[Any] = ['shape: ', actual]
  for shape in accepted:
    data += ['accepted: ', shape]
  if len(accepted) == 1:
    return [v1.assert_equal(accepted[0], actual, message=message, data=data)]
  same = [tf.reduce_all(tf.equal(actual, shape)) for shape in accepted]
  return [v1.Assert(tf.reduce_any(same), data=[message, *data])]


def last_axis(tensor: tf.Tensor) -> int | None:
  """The size of the last axis, None if it is not known.

  After `tf.compat.v1.disable_v2_tensorshape()` a shape has objects for sizes,
  which are not None where they are not known.
  """
  return tf.compat.dimension_value(tensor.shape[-1])
