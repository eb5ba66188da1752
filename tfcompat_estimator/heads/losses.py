"""Checks loss functions, reduces losses and writes their summaries."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import shapes
from tfcompat_estimator.records import keys

v1 = tf.compat.v1

_REDUCTIONS = tf_keras.losses.Reduction


def check_reduction(loss_reduction: str) -> str:
  """Raises unless `loss_reduction` names a reduction to a scalar."""
  if loss_reduction not in (
    _REDUCTIONS.AUTO,
    _REDUCTIONS.SUM,
    _REDUCTIONS.SUM_OVER_BATCH_SIZE,
  ):
    raise ValueError(
      f'Invalid loss_reduction: {loss_reduction}. See `tf.losses.Reduction` '
      'for valid options. Use tf.losses.Reduction.SUM_OVER_BATCH_SIZE or SUM.'
    )
  return loss_reduction


def check_v1_reduction(loss_reduction: str) -> str:
  """The same for the reductions of `tf.compat.v1.losses`."""
  reductions = v1.losses.Reduction
  if (
    loss_reduction not in reductions.all() or loss_reduction == reductions.NONE
  ):
    raise ValueError(
      f'Invalid loss_reduction: {loss_reduction}. See '
      '`tf.compat.v1.losses.Reduction` for valid options.'
    )
  return loss_reduction


def reduce(
  unreduced_loss: tf.Tensor, weights: Any, loss_reduction: str
) -> tf.Tensor:
  """Sums the weighted loss, and divides by its size unless it is to be a sum.

  Args:
    unreduced_loss: Float, of shape `[D0, ..., DN, 1]` or `[..., dimension]`.
    weights: A float scalar, or a tensor of a shape that broadcasts to it.
    loss_reduction: A `tf.losses.Reduction` other than NONE.

  Returns:
    A float scalar.
  """
  with v1.name_scope('weighted_loss'):
    weights = tf.cast(weights, unreduced_loss.dtype)
    total = tf.reduce_sum(tf.multiply(unreduced_loss, weights))
    if loss_reduction == _REDUCTIONS.SUM:
      return total
    size = tf.cast(tf.size(unreduced_loss, name='num_elements'), total.dtype)
    return tf.math.divide_no_nan(total, size, name='value')


def check_loss_fn(loss_fn: Any) -> Callable[..., Any] | None:
  """Raises unless `loss_fn` takes `labels` and `logits`, and maybe `features`.

  `loss_reduction`, which the head passes on, is accepted too.
  """
  if loss_fn is None:
    return None
  if not callable(loss_fn):
    raise TypeError(f'unsupported callable: `loss_fn` ({loss_fn!r})')
  names = _argument_names(loss_fn)
  for name in ('labels', 'logits'):
    if name not in names:
      raise ValueError(
        f'loss_fn must contain argument: {name}. Given arguments: {names}'
      )
  unexpected = sorted(
    set(names) - {'labels', 'logits', 'features', 'loss_reduction'}
  )
  if unexpected:
    raise ValueError(
      f'loss_fn has unexpected args: {unexpected}. It may take labels, '
      'logits, features and loss_reduction.'
    )
  return loss_fn


def _argument_names(loss_fn: Callable[..., Any]) -> tuple[str, ...]:
  kinds = inspect.Parameter
  return tuple(
    name
    for name, parameter in inspect.signature(loss_fn).parameters.items()
    if parameter.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)
  )


def call_loss_fn(
  loss_fn: Callable[..., Any],
  labels: tf.Tensor,
  logits: tf.Tensor,
  features: Any,
  expected_loss_dim: int = 1,
  loss_reduction: str = _REDUCTIONS.NONE,
) -> tf.Tensor:
  """Calls the user's loss function and checks the shape of what it returns.

  Returns:
    An unreduced loss of shape `[D0, ..., DN, expected_loss_dim]`.
  """
  offered = {'features': features, 'loss_reduction': loss_reduction}
  taken = _argument_names(loss_fn)
  with v1.name_scope('call_loss_fn'):
    unreduced_loss = loss_fn(
      labels=labels,
      logits=logits,
      **{name: value for name, value in offered.items() if name in taken},
    )
    shape = tf.shape(unreduced_loss, name='loss_shape')
    logits_shape = tf.shape(logits, name='logits_shape')
    expected = tf.concat(
      [logits_shape[:-1], [expected_loss_dim]],
      axis=0,
      name='expected_loss_shape',
    )
    message = (
      'loss_fn must return Tensor of shape '
      f'[D0, D1, ... DN, {expected_loss_dim}].'
    )
    with tf.control_dependencies(shapes.check(shape, [expected], message)):
      return tf.identity(unreduced_loss)


def add_regularization(
  loss: tf.Tensor, regularization_losses: Any
) -> tf.Tensor:
  """Adds the regularization losses, a list or tuple of scalars, or None."""
  if not regularization_losses:
    return loss
  return loss + tf.add_n(regularization_losses)


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
