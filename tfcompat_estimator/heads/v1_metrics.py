"""Makes `tf.compat.v1.metrics` pairs from definitions of metrics."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import metric_definitions
from tfcompat_estimator.records import keys

v1 = tf.compat.v1

# The value of a metric and what updates it.
Pair = tuple[tf.Tensor, Any]


def make(
  definitions: Sequence[metric_definitions.MetricDef],
  name_of: Callable[[str], str],
  values: Mapping[str, Any],
  scoped: bool,
) -> dict[str, Pair]:
  """Makes a (value, update op) pair of each definition, under its full name.

  Args:
    definitions: The metrics.
    name_of: Gives the full name of a metric key.
    values: What the definitions name, and `weights`.
    scoped: Whether they are to be under a scope `metrics`.
  """
  scope = v1.name_scope(None, 'metrics') if scoped else contextlib.nullcontext()
  with scope:
    return _make_all(definitions, name_of, values)


def _make_all(
  definitions: Sequence[metric_definitions.MetricDef],
  name_of: Callable[[str], str],
  values: Mapping[str, Any],
) -> dict[str, Pair]:
  made: dict[str, Pair] = {}
  for each in definitions:
    if each.kind == 'accuracy_baseline':
      label_mean = made[name_of(keys.MetricKeys.LABEL_MEAN)]
      made[name_of(each.key)] = accuracy_baseline(label_mean, each.key)
    else:
      made[name_of(each.key)] = _make_one(each, values)
  return made


def _make_one(
  definition: metric_definitions.MetricDef, values: Mapping[str, Any]
) -> Pair:
  # '' stands for the name that the metric has by itself.
  name = definition.key if definition.v1_name is None else definition.v1_name
  column = definition.column
  predictions = metric_definitions.column_of(
    values[definition.predictions], column
  )
  inputs = {
    'weights': values['weights'] if definition.weighted else None,
    'name': name or None,
  }
  if not definition.labels:
    return v1.metrics.mean(predictions, **inputs)
  inputs['labels'] = metric_definitions.column_of(
    values[definition.labels], column
  )
  kind = definition.kind
  if definition.threshold is None:
    return _PLAIN[kind](predictions=predictions, **inputs)
  return _AT_THRESHOLD[kind](
    predictions=predictions, threshold=definition.threshold, **inputs
  )


def accuracy_baseline(label_mean: Pair, name: str) -> Pair:
  """The accuracy of predicting the more frequent one of two classes."""
  mean, updated = label_mean
  with v1.name_scope(None, name):
    return (
      tf.maximum(mean, 1.0 - mean, name='value'),
      tf.maximum(updated, 1.0 - updated, name='update_op'),
    )


def _auc(curve: str) -> Callable[..., Pair]:
  def auc(**inputs: Any) -> Pair:
    return v1.metrics.auc(curve=curve, **inputs)

  return auc


def accuracy_at(
  predictions: tf.Tensor, threshold: float, name: str, **inputs: Any
) -> Pair:
  """The accuracy of calling predictions from a threshold on positive."""
  above = tf.cast(tf.greater_equal(predictions, threshold), tf.float32)
  return v1.metrics.accuracy(predictions=above, name=name, **inputs)


def _at_one_threshold(metric: Callable[..., Pair]) -> Callable[..., Pair]:
  def at(threshold: float, name: str, **inputs: Any) -> Pair:
    value, updated = metric(thresholds=(threshold,), name=name, **inputs)
    # The metric reports a vector: one value of each of its thresholds.
    with v1.name_scope(value.op.name.rpartition('/')[0] + '/'):
      return tf.squeeze(value), tf.squeeze(updated)

  return at


precision_at = _at_one_threshold(v1.metrics.precision_at_thresholds)
recall_at = _at_one_threshold(v1.metrics.recall_at_thresholds)

_PLAIN: Mapping[str, Callable[..., Pair]] = {
  'accuracy': v1.metrics.accuracy,
  'precision': v1.metrics.precision,
  'recall': v1.metrics.recall,
  'auc': _auc('ROC'),
  'auc_pr': _auc('PR'),
}

_AT_THRESHOLD: Mapping[str, Callable[..., Pair]] = {
  'accuracy_at': accuracy_at,
  'precision': precision_at,
  'recall': recall_at,
}
