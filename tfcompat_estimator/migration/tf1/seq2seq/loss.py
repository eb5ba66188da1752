"""The loss of sequences."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def sequence_loss(
  logits: Any,
  targets: Any,
  weights: Any,
  average_across_timesteps: bool = True,
  average_across_batch: bool = True,
  sum_over_timesteps: bool = False,
  sum_over_batch: bool = False,
  softmax_loss_function: Callable[..., Any] | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """Weighted cross entropy of a batch of sequences.

  Args:
    logits: Float (batch, steps, classes).
    targets: Int (batch, steps).
    weights: Float (batch, steps); 0 where there is padding.
    average_across_timesteps: Divide by the weights of steps.
    average_across_batch: Divide by those of examples.
    sum_over_timesteps: Sum over steps, and divide by their number of weights.
    sum_over_batch: Sum over examples likewise.
    softmax_loss_function: Of `labels` and `logits`, in place of cross entropy.
    name: Of the scope.

  Returns:
    A scalar; or what is left of (batch, steps) after sums and means.
  """
  if (average_across_timesteps and sum_over_timesteps) or (
    average_across_batch and sum_over_batch
  ):
    raise ValueError(
      'Of `average_across_timesteps` and `sum_over_timesteps`, and of '
      '`average_across_batch` and `sum_over_batch`: give one of each pair.'
    )
  for name_of, given, wanted in (
    ('logits', logits, ('batch', 'steps', 'classes')),
    ('targets', targets, ('batch', 'steps')),
    ('weights', weights, ('batch', 'steps')),
  ):
    if len(given.shape) != len(wanted):
      raise ValueError(
        f'`{name_of}` has shape {given.shape}; give ({", ".join(wanted)}).'
      )
  with v1.name_scope(name, 'sequence_loss', [logits, targets, weights]):
    classes = tf.shape(logits)[2]
    flat, wanted = tf.reshape(logits, [-1, classes]), tf.reshape(targets, [-1])
    cost = (
      softmax_loss_function or (tf.nn.sparse_softmax_cross_entropy_with_logits)
    )(labels=wanted, logits=flat)
    cost *= tf.reshape(weights, [-1])
    if average_across_timesteps and average_across_batch:
      return tf.reduce_sum(cost) / (tf.reduce_sum(weights) + 1e-12)
    if sum_over_timesteps and sum_over_batch:
      counted = tf.cast(tf.math.count_nonzero(weights), cost.dtype)
      return tf.math.divide_no_nan(tf.reduce_sum(cost), counted)
    cost = tf.reshape(cost, tf.shape(logits)[:2])
    for axis, mean, total in (
      (0, average_across_batch, sum_over_batch),
      (1, average_across_timesteps, sum_over_timesteps),
    ):
      if mean or total:
        over = axis if cost.shape.rank == 2 else 0
        size = (
          tf.reduce_sum(weights, axis=axis) + 1e-12
          if mean
          else tf.cast(tf.math.count_nonzero(weights, axis=axis), cost.dtype)
        )
        cost = tf.reduce_sum(cost, axis=over)
        cost = cost / size if mean else tf.math.divide_no_nan(cost, size)
    return cost
