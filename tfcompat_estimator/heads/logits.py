"""Checks the shape of logits."""

import tensorflow as tf

from tfcompat_estimator.heads import shapes

v1 = tf.compat.v1


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
        shapes.last_axis(logits) not in (None, expected_logits_dimension)
      ):
        raise ValueError(
          f'{message}{logits.shape}. The head expects logits_dimension='
          f'{expected_logits_dimension}.'
        )
      if shapes.last_axis(logits) is not None:
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
