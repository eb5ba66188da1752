"""Reads the weights of examples from the features."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.errors import notes
from tfcompat_estimator.heads import shapes

v1 = tf.compat.v1


def check_column(weight_column: Any) -> Any:
  """Returns `weight_column`, once it is known to be one.

  Args:
    weight_column: A feature's name, a numeric feature column, or None.

  Raises:
    TypeError: If it is anything else.
  """
  if weight_column is None or isinstance(
    weight_column, (str, _tf.NumericColumn)
  ):
    return weight_column
  raise TypeError(
    'Weight column must be either a string or NumericColumn. Given type: '
    f'{type(weight_column)}.'
  )


def read(
  features: Any,
  weight_column: Any,
  logits: tf.Tensor,
  allow_per_logit_weights: bool = False,
) -> Any:
  """Reads the weights and checks their shape against that of the logits.

  Args:
    features: Dict of names to `Tensor`s.
    weight_column: A feature's name, a numeric feature column, or None.
    logits: Of shape `[D0, ..., DN, logits_dimension]`.
    allow_per_logit_weights: Whether weights of the shape of the logits are
      accepted too.

  Returns:
    Float weights of shape `[D0, ..., DN, 1]`, where the last axis may have
    been missing; 1.0 without a weight column.

  Raises:
    ValueError: If the feature is missing or sparse.
  """
  with v1.name_scope('weights') as scope:
    if weight_column is None:
      return 1.0
    weights = _read_column(weight_column, features, logits)
    notes.explain(scope, lambda text: _explain(weight_column, text))
    checks = _check_shape(weights, logits, allow_per_logit_weights)
    with tf.control_dependencies(checks):
      return tf.identity(weights, name=scope)


def _explain(column: Any, text: str) -> str | None:
  """What it means if weights are not as they should be."""
  key = column if isinstance(column, str) else column.key
  found = shapes.refused(text)
  if found:
    given, due = found
    return (
      f'Feature {key!r}, the `weight_column`, has shape [{given}] where [{due}] '
      'is due. Give one weight for each example.'
    )
  if 'Cast string' in text:
    return (
      f'Feature {key!r}, the `weight_column`, has dtype string where float32 is '
      'due. Convert it in input_fn.'
    )
  return None


def _read_column(column: Any, features: Any, logits: tf.Tensor) -> tf.Tensor:
  key = column if isinstance(column, str) else column.key
  if not isinstance(features, Mapping) or key not in features:
    raise ValueError(
      f'Feature {key} is not in features dictionary. It is the '
      '`weight_column` of the head: let input_fn return it with the features.'
    )
  weights = features[key]
  if isinstance(weights, tf.SparseTensor):
    raise ValueError(
      f'`weight_column` ({key}) must be a dense Tensor. SparseTensor is not '
      'supported. Use tf.sparse.to_dense.'
    )
  weights = tf.convert_to_tensor(weights)
  rank = weights.shape.rank
  if rank == 0:
    raise ValueError(
      f'Feature (key: {key}) cannot have rank 0. Given: {weights}. It is the '
      '`weight_column`: one weight for each example.'
    )
  if rank is None:
    weights = tf.cond(
      tf.less(tf.rank(weights), tf.rank(logits)),
      lambda: tf.expand_dims(weights, -1),
      lambda: weights,
    )
  elif rank in (1, (logits.shape.rank or 0) - 1):
    weights = tf.expand_dims(weights, -1)
  if not isinstance(column, str) and column.normalizer_fn is not None:
    weights = column.normalizer_fn(weights)
  return tf.cast(weights, tf.float32)


def _check_shape(
  weights: tf.Tensor, logits: tf.Tensor, per_logit: bool
) -> list[tf.Operation]:
  """Checks that the weights' shape is `[D0, ..., DN, 1]`."""
  shape = tf.shape(weights, name='weights_shape')
  logits_shape = tf.shape(logits, name='logits_shape')
  accepted = [tf.concat([logits_shape[:-1], [1]], axis=0)]
  message = 'weights shape must be [D0, D1, ... DN], [D0, D1, ... DN, 1]'
  if per_logit:
    accepted.append(logits_shape)
    message += ' or [D0, D1, ... DN, logits_dimension]'
  return shapes.check(shape, accepted, message + '.')
