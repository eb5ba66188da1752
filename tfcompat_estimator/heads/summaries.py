"""Writes the scalar summaries of losses."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from tfcompat_estimator.spec import keys

v1 = tf.compat.v1


def write_losses(
  loss: tf.Tensor,
  regularization_losses: Sequence[tf.Tensor] | None,
  name_of: Callable[[str], str],
  mean_loss: tf.Tensor | None = None,
  regularization_loss: tf.Tensor | None = None,
) -> None:
  """Adds summaries of the losses, under tags free of the current scope.

  Args:
    loss: The training loss.
    regularization_losses: What it contains, or None.
    name_of: Gives the full name of a metric key.
    mean_loss: The mean loss of an example, where the loss is none.
    regularization_loss: Their sum, where it exists already.
  """
  with v1.name_scope(''):
    v1.summary.scalar(name_of(keys.MetricKeys.LOSS), loss)
    if mean_loss is not None:
      v1.summary.scalar(name_of(keys.MetricKeys.LOSS_MEAN), mean_loss)
    if regularization_losses:
      if regularization_loss is None:
        regularization_loss = tf.add_n(regularization_losses)
      v1.summary.scalar(
        name_of(keys.MetricKeys.LOSS_REGULARIZATION), regularization_loss
      )
