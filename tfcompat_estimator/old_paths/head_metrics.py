"""Rebuilds the metrics of which v1 heads were made.

Heads that derive from those of the v1 estimators, and evaluate more or other
metrics, call them.
"""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import v1_metrics

v1 = tf.compat.v1

Pair = v1_metrics.Pair


def accuracy_baseline(labels_mean: Pair) -> Pair:
  """The accuracy of predicting the more frequent class, of the mean label."""
  return v1_metrics.accuracy_baseline(labels_mean, 'accuracy_baseline')


def predictions_mean(
  predictions: tf.Tensor, weights: Any = None, name: str | None = None
) -> Pair:
  """The weighted mean of predictions."""
  return _mean('predictions_mean', predictions, weights, name)


def indicator_labels_mean(
  labels: tf.Tensor, weights: Any = None, name: str | None = None
) -> Pair:
  """The weighted mean of labels that are 0 or 1."""
  return _mean('labels_mean', labels, weights, name)


def _mean(default: str, values: Any, weights: Any, name: str | None) -> Pair:
  with v1.name_scope(name, default) as scope:
    values = tf.cast(values, tf.float32, name='values')
    if weights is not None:
      weights = tf.broadcast_to(tf.cast(weights, tf.float32), tf.shape(values))
    return v1.metrics.mean(values, weights=weights, name=scope)


def auc(
  labels: tf.Tensor,
  predictions: tf.Tensor,
  weights: Any = None,
  curve: str = 'ROC',
  name: str | None = None,
) -> Pair:
  """The area under a curve, 'ROC' or 'PR'."""
  with v1.name_scope(name, 'auc') as scope:
    if weights is not None:
      weights = tf.broadcast_to(
        tf.cast(weights, tf.float32), tf.shape(predictions)
      )
    return v1.metrics.auc(
      labels=labels,
      predictions=predictions,
      weights=weights,
      curve=curve,
      name=scope,
    )


def accuracy_at_threshold(
  labels: tf.Tensor,
  predictions: tf.Tensor,
  weights: Any,
  threshold: float,
  name: str | None = None,
) -> Pair:
  """The accuracy of calling predictions from a threshold on positive."""
  with v1.name_scope(name, f'accuracy_at_{threshold}') as scope:
    return v1_metrics.accuracy_at(
      predictions, threshold, scope, labels=labels, weights=weights
    )


def precision_at_threshold(
  labels: tf.Tensor,
  predictions: tf.Tensor,
  weights: Any,
  threshold: float,
  name: str | None = None,
) -> Pair:
  """The precision of calling predictions above a threshold positive."""
  with v1.name_scope(name, f'precision_at_{threshold}') as scope:
    return v1_metrics.precision_at(
      threshold, scope, labels=labels, predictions=predictions, weights=weights
    )


def recall_at_threshold(
  labels: tf.Tensor,
  predictions: tf.Tensor,
  weights: Any,
  threshold: float,
  name: str | None = None,
) -> Pair:
  """The recall of calling predictions above a threshold positive."""
  with v1.name_scope(name, f'recall_at_{threshold}') as scope:
    return v1_metrics.recall_at(
      threshold, scope, labels=labels, predictions=predictions, weights=weights
    )
