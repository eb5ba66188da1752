"""Rebuilds the metrics of which v1 heads were made.

Heads that derive from those of the v1 estimators, and evaluate more or other
metrics, call them.
"""

from collections.abc import Callable
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
    return v1.metrics.auc(labels, predictions, weights, curve=curve, name=scope)


def _at_threshold(
  kind: str, metric: Callable[..., Pair]
) -> Callable[..., Pair]:
  """The function that makes a metric of what a threshold calls positive."""

  def make(
    labels: tf.Tensor,
    predictions: tf.Tensor,
    weights: Any,
    threshold: float,
    name: str | None = None,
  ) -> Pair:
    with v1.name_scope(name, f'{kind}_at_{threshold}') as scope:
      return metric(
        predictions=predictions,
        threshold=threshold,
        name=scope,
        labels=labels,
        weights=weights,
      )

  make.__name__ = make.__qualname__ = f'{kind}_at_threshold'
  make.__doc__ = (
    f'The {kind} of predictions that a threshold makes positive or negative.'
  )
  return make


accuracy_at_threshold = _at_threshold('accuracy', v1_metrics.accuracy_at)
precision_at_threshold = _at_threshold('precision', v1_metrics.precision_at)
recall_at_threshold = _at_threshold('recall', v1_metrics.recall_at)
