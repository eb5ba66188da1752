"""Checks the shapes of logits and other tensors, in graphs when they run."""

import re
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


def refused(text: str) -> tuple[str, str] | None:
  """The shape that `check` refused and the one that is due, '8, 1', of its error."""
  found = re.search(
    r'\[shape: \] \[([\d ]*)\] \[accepted: \] \[([\d ]*)\]', text
  )
  if not found:
    return None
  given, due = (shape.replace(' ', ', ') for shape in found.groups())
  return given, due


def last_axis(tensor: tf.Tensor) -> int | None:
  """The size of the last axis, None if it is not known.

  After `tf.compat.v1.disable_v2_tensorshape()` a shape has objects for sizes,
  which are not None where they are not known.
  """
  return tf.compat.dimension_value(tensor.shape[-1])


def check_last_axis(
  logits: tf.Tensor, expected_logits_dimension: int
) -> tf.Tensor:
  """Returns the logits, of shape `[D0, ..., DN, expected_logits_dimension]`.

  Raises:
    ValueError: If the last axis is known to be of another size, or the rank is
      known to be below 2.
  """
  with v1.name_scope('logits') as scope:
    logits = tf.cast(logits, tf.float32)
    message = 'logits shape must be [D0, D1, ... DN, logits_dimension], got '
    if logits.shape.rank is not None:
      if logits.shape.rank < 2 or (
        last_axis(logits) not in (None, expected_logits_dimension)
      ):
        raise ValueError(
          f'{message}{logits.shape}. The head expects logits_dimension='
          f'{expected_logits_dimension}.'
        )
      if last_axis(logits) is not None:
        return logits
    shape = tf.shape(logits)
    checks = [
      v1.assert_rank_at_least(
        logits, 2, data=[shape], message=f'{message}a smaller rank.'
      ),
      v1.assert_equal(
        expected_logits_dimension,
        shape[-1],
        data=[shape],
        message=f'{message}another size.',
      ),
    ]
    with tf.control_dependencies([check for check in checks if check]):
      return tf.identity(logits, name=scope)
