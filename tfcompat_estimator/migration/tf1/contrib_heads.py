"""Heads by the functions of `tf.contrib.estimator`.

They are the heads of the v1 canned Estimators; what differs is that losses are
means over the batch.
"""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import multi_head as multi_heads
from tfcompat_estimator.heads import v1_heads

_MEAN = tf.compat.v1.losses.Reduction.SUM_OVER_BATCH_SIZE


def multi_class_head(
  n_classes: int,
  weight_column: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for three or more classes."""
  return v1_heads.multi_class_head_with_softmax_cross_entropy_loss(
    n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
  )


def binary_classification_head(
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for two classes."""
  return v1_heads.binary_logistic_head_with_sigmoid_cross_entropy_loss(
    weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
  )


def regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  inverse_link_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for real numbers."""
  return v1_heads.regression_head(
    weight_column,
    label_dimension,
    loss_reduction,
    loss_fn,
    inverse_link_fn,
    name,
  )


def poisson_regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = _MEAN,
  compute_full_loss: bool = True,
  name: str | None = None,
) -> Any:
  """A head for counts."""
  return v1_heads.poisson_regression_head(
    weight_column, label_dimension, loss_reduction, compute_full_loss, name
  )


def logistic_regression_head(
  weight_column: Any = None,
  loss_reduction: str = _MEAN,
  name: str | None = None,
) -> Any:
  """A head for probabilities."""
  return v1_heads.logistic_regression_head(weight_column, loss_reduction, name)


def multi_label_head(
  n_classes: int,
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  classes_for_class_based_metrics: Any = None,
  name: str | None = None,
) -> Any:
  """A head for several classes at once.

  Raises:
    ValueError: `classes_for_class_based_metrics` are given.
  """
  if classes_for_class_based_metrics is not None:
    raise ValueError(
      '`classes_for_class_based_metrics` '
      f'({classes_for_class_based_metrics}) must be None for heads of '
      'tf.contrib. tf.estimator.MultiLabelHead takes them.'
    )
  return v1_heads.multi_label_head(
    n_classes,
    weight_column,
    thresholds,
    label_vocabulary,
    loss_reduction,
    loss_fn,
    name,
  )


def multi_head(heads: Any, head_weights: Any = None) -> Any:
  """A head of several heads."""
  return multi_heads.MultiHead(heads, head_weights)
