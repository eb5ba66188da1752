"""Makes and updates metrics from their definitions, as Keras or v1 ones."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.records import keys

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class MetricDef:
  """One metric of a head.

  Attributes:
    key: Its name in what `evaluate` returns, without the head's name.
    kind: A key of `_KERAS`, known to `v1_metrics` too.
    predictions: Names the predicted values among those of the head
      (`Task.metric_values`).
    labels: Names the labels among them; empty for means.
    threshold: For the kinds that have one: predictions above it are positive.
    weighted: Whether examples count by their weights.
    column: Looks at this column only (a class) of labels and predictions.
    v1_name: The scope of its v1 variables, if that is not `key`.
  """

  key: str
  kind: str
  predictions: str
  labels: str = ''
  threshold: float | None = None
  weighted: bool = True
  column: int | None = None
  v1_name: str | None = None


@tf_keras.saving.register_keras_serializable('tfcompat_estimator')
class AccuracyBaseline(tf_keras.metrics.Mean):
  """The accuracy of predicting the more frequent one of two classes.

  It is updated with the labels, 0 or 1, and their weights.
  """

  def result(self):
    """Returns max(m, 1 - m), where m is the mean label; 0 where no weight is."""
    larger = tf.maximum(self.total, self.count - self.total)
    return tf.math.divide_no_nan(larger, self.count)


_KERAS: Mapping[str, Callable[..., tf_keras.metrics.Metric]] = {
  'mean': lambda name, _: tf_keras.metrics.Mean(name=name),
  'accuracy': lambda name, _: tf_keras.metrics.Accuracy(name=name),
  'accuracy_baseline': lambda name, _: AccuracyBaseline(name=name),
  'accuracy_at': lambda name, threshold: tf_keras.metrics.BinaryAccuracy(
    name=name, threshold=threshold
  ),
  'precision': lambda name, threshold: tf_keras.metrics.Precision(
    name=name, thresholds=threshold
  ),
  'recall': lambda name, threshold: tf_keras.metrics.Recall(
    name=name, thresholds=threshold
  ),
  'auc': lambda name, _: tf_keras.metrics.AUC(name=name),
  'auc_pr': lambda name, _: tf_keras.metrics.AUC(name=name, curve='PR'),
}


def make_keras(
  definitions: Sequence[MetricDef], name_of: Callable[[str], str]
) -> dict[str, tf_keras.metrics.Metric]:
  """Makes a Keras metric of each definition, under its full name."""
  with v1.name_scope('metrics'):
    return {
      name_of(each.key): _KERAS[each.kind](each.key, each.threshold)
      for each in definitions
    }


def update_keras(
  metrics: Mapping[str, Any],
  definitions: Sequence[MetricDef],
  name_of: Callable[[str], str],
  values: Mapping[str, Any],
) -> None:
  """Updates the metrics that `make_keras` made with the values of a batch."""
  for each in definitions:
    metric = metrics[name_of(each.key)]
    predictions = column_of(values[each.predictions], each.column)
    weights = _unless_one(values['weights']) if each.weighted else None
    if each.labels:
      labels = column_of(values[each.labels], each.column)
      metric.update_state(labels, predictions, sample_weight=weights)
    else:
      update_mean(metric, predictions, weights)


def update_mean(eval_metric: Any, values: tf.Tensor, weights: Any) -> None:
  """Updates a mean with values and their weights, which are broadcast."""
  values = tf.cast(values, tf.float32)
  eval_metric.update_state(values, sample_weight=broadcast(weights, values))


def column_of(values: tf.Tensor, column: int | None) -> tf.Tensor:
  """The column of a class, kept as an axis of size 1; all if it is None."""
  return values if column is None else values[..., column : column + 1]


def _unless_one(weights: Any) -> Any:
  """The weights, None where there is no weight column.

  The numbers are the same, and a metric has half as many operations.
  """
  return None if isinstance(weights, float) and weights == 1.0 else weights


def broadcast(weights: Any, values: tf.Tensor) -> tf.Tensor | None:
  """The weights, one for each of `values`, so that means count them all."""
  weights = _unless_one(weights)
  if weights is None:
    return None
  with v1.name_scope('broadcast_weights'):
    return tf.cast(weights, tf.float32) * tf.ones_like(values)


REGULARIZATION = MetricDef(
  keys.MetricKeys.LOSS_REGULARIZATION,
  'mean',
  'regularization_loss',
  weighted=False,
)


def at_thresholds(
  thresholds: Sequence[float], predictions: str
) -> list[MetricDef]:
  """Accuracy, precision and recall at each of the thresholds."""
  kinds = {
    keys.MetricKeys.ACCURACY_AT_THRESHOLD: 'accuracy_at',
    keys.MetricKeys.PRECISION_AT_THRESHOLD: 'precision',
    keys.MetricKeys.RECALL_AT_THRESHOLD: 'recall',
  }
  return [
    MetricDef(key % threshold, kind, predictions, 'labels', threshold)
    for threshold in thresholds
    for key, kind in kinds.items()
  ]
