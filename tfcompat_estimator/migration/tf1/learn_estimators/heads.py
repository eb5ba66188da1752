"""Heads of `tf.contrib.learn` for numbers and classes."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1.learn_estimators import (
  head,
  model_fn_ops,
)

v1 = tf.compat.v1
_Keys = model_fn_ops.PredictionKey
_Metrics = model_fn_ops.MetricKey
_Types = model_fn_ops.ProblemType


class _Regression(head.Head):
  problem_type = _Types.LINEAR_REGRESSION
  scope_name = 'regression_head'

  def __init__(self, link_fn: Callable[..., Any] | None, **arguments: Any):
    super().__init__(**arguments)
    self._link_fn = link_fn or tf.identity

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    return tf.math.squared_difference(logits, _column(labels))

  def _predictions(self, logits: Any) -> dict[str, Any]:
    if self.logits_dimension == 1:
      logits = tf.squeeze(logits, [1])
    return {_Keys.SCORES: self._link_fn(logits)}


class _Poisson(_Regression):
  scope_name = 'poisson_regression_head'

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    return tf.nn.log_poisson_loss(
      _column(labels), logits, compute_full_loss=True
    )


class _Classes(head.Head):
  problem_type = _Types.CLASSIFICATION

  def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
    probabilities = predictions[_Keys.PROBABILITIES]
    shape = tf.shape(probabilities)
    classes = tf.tile(self._names(shape[1])[tf.newaxis], [shape[0], 1])
    return {_Keys.PROBABILITIES: probabilities, _Keys.CLASSES: classes}

  def _names(self, count: Any) -> tf.Tensor:
    return tf.strings.as_string(tf.range(count))


class _Binary(_Classes):
  problem_type = _Types.LOGISTIC_REGRESSION
  scope_name = 'binary_logistic_head'

  def __init__(self, thresholds: Any, **arguments: Any):
    super().__init__(**arguments)
    self._thresholds = thresholds or (0.5,)

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    return tf.nn.sigmoid_cross_entropy_with_logits(
      labels=_column(labels), logits=logits
    )

  def _predictions(self, logits: Any) -> dict[str, Any]:
    both = tf.concat([tf.zeros_like(logits), logits], 1)
    return {
      _Keys.LOGITS: logits,
      _Keys.LOGISTIC: tf.sigmoid(logits, name=_Keys.LOGISTIC),
      _Keys.PROBABILITIES: tf.nn.softmax(both, name=_Keys.PROBABILITIES),
      _Keys.CLASSES: tf.argmax(both, 1, name=_Keys.CLASSES),
    }

  def _metrics(
    self, loss: Any, predictions: Any, labels: Any, weights: Any
  ) -> dict[str, Any]:
    logistic = predictions[_Keys.LOGISTIC]
    truth = tf.cast(_column(labels), tf.bool)
    mean = v1.metrics.mean
    metrics = {
      **super()._metrics(loss, predictions, labels, weights),
      _Metrics.ACCURACY: v1.metrics.accuracy(
        labels, predictions[_Keys.CLASSES], weights
      ),
      _Metrics.PREDICTION_MEAN: mean(logistic, weights),
      _Metrics.LABEL_MEAN: mean(_column(labels), weights),
      _Metrics.ACCURACY_BASELINE: mean(_column(labels), weights),
      _Metrics.AUC: v1.metrics.auc(truth, logistic, weights),
      _Metrics.AUC_PR: v1.metrics.auc(truth, logistic, weights, curve='PR'),
    }
    for threshold in self._thresholds:
      above = tf.cast(logistic >= threshold, tf.float32)
      metrics[_Metrics.ACCURACY_MEAN % threshold] = v1.metrics.accuracy(
        _column(labels), above, weights
      )
      for name, metric in (
        (_Metrics.PRECISION_MEAN, v1.metrics.precision_at_thresholds),
        (_Metrics.RECALL_MEAN, v1.metrics.recall_at_thresholds),
      ):
        value, update = metric(truth, logistic, [threshold], weights)
        metrics[name % threshold] = tf.squeeze(value), tf.squeeze(update)
    return metrics


class _MultiClass(_Classes):
  scope_name = 'multi_class_head'

  def __init__(self, label_keys: Any, metric_class_ids: Any, **arguments: Any):
    super().__init__(**arguments)
    if label_keys and len(label_keys) != self.logits_dimension:
      raise ValueError('Length of label_keys must equal n_classes.')
    self._label_keys = label_keys
    self._class_ids = _checked(metric_class_ids, self.logits_dimension)

  def _names(self, count: Any) -> tf.Tensor:
    if self._label_keys:
      return tf.constant(self._label_keys)
    return super()._names(count)

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    if self._label_keys:
      labels = _table(self._label_keys).lookup(labels)
    if not labels.dtype.is_integer:
      raise ValueError(
        f'Labels dtype should be integer. Instead got {labels.dtype}.'
      )
    is_column = labels.shape.rank == 2
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
      labels=tf.squeeze(labels, [1]) if is_column else labels, logits=logits
    )
    return losses[:, tf.newaxis] if is_column else losses

  def _predictions(self, logits: Any) -> dict[str, Any]:
    classes = tf.argmax(logits, 1, name=_Keys.CLASSES)
    if self._label_keys:
      classes = tf.gather(tf.constant(self._label_keys), classes)
    return {
      _Keys.LOGITS: logits,
      _Keys.PROBABILITIES: tf.nn.softmax(logits, name=_Keys.PROBABILITIES),
      _Keys.CLASSES: classes,
    }

  def _metrics(
    self, loss: Any, predictions: Any, labels: Any, weights: Any
  ) -> dict[str, Any]:
    classes = predictions[_Keys.CLASSES]
    mean = v1.metrics.mean
    metrics = {
      **super()._metrics(loss, predictions, labels, weights),
      _Metrics.ACCURACY: v1.metrics.accuracy(labels, classes, weights),
    }
    for each in () if self._label_keys else self._class_ids:
      of_class = {
        _Metrics.CLASS_PREDICTION_MEAN: _is(classes, each),
        _Metrics.CLASS_LABEL_MEAN: _is(labels, each),
        _Metrics.CLASS_PROBABILITY_MEAN: predictions[_Keys.PROBABILITIES][
          :, each
        ],
        _Metrics.CLASS_LOGITS_MEAN: predictions[_Keys.LOGITS][:, each],
      }
      metrics |= {k % each: mean(v, _row(weights)) for k, v in of_class.items()}
    return metrics


class _MultiLabel(_Classes):
  scope_name = 'multi_label_head'

  def __init__(self, metric_class_ids: Any, **arguments: Any):
    super().__init__(**arguments)
    self._class_ids = _checked(metric_class_ids, self.logits_dimension)

  def _labels(self, labels: Any) -> Any:
    if isinstance(labels, dict):
      labels = labels[self.label_name]
    if isinstance(labels, tf.SparseTensor):
      labels = tf.sparse.to_indicator(labels, self.logits_dimension)
    return tf.cast(labels, tf.int64)

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    return tf.nn.sigmoid_cross_entropy_with_logits(
      labels=tf.cast(labels, tf.float32), logits=logits
    )

  def _predictions(self, logits: Any) -> dict[str, Any]:
    return {
      _Keys.LOGITS: logits,
      _Keys.PROBABILITIES: tf.sigmoid(logits, name=_Keys.PROBABILITIES),
      _Keys.CLASSES: tf.cast(logits > 0, tf.int64, name=_Keys.CLASSES),
    }

  def _metrics(
    self, loss: Any, predictions: Any, labels: Any, weights: Any
  ) -> dict[str, Any]:
    probabilities = predictions[_Keys.PROBABILITIES]
    truth = tf.cast(labels, tf.bool)
    auc, mean = v1.metrics.auc, v1.metrics.mean
    metrics = {
      **super()._metrics(loss, predictions, labels, weights),
      _Metrics.ACCURACY: v1.metrics.accuracy(
        labels, predictions[_Keys.CLASSES], weights
      ),
      _Metrics.AUC: auc(truth, probabilities, weights),
      _Metrics.AUC_PR: auc(truth, probabilities, weights, curve='PR'),
    }
    for each in self._class_ids:
      of_class = {
        _Metrics.CLASS_PREDICTION_MEAN: predictions[_Keys.CLASSES],
        _Metrics.CLASS_LABEL_MEAN: labels,
        _Metrics.CLASS_PROBABILITY_MEAN: probabilities,
        _Metrics.CLASS_LOGITS_MEAN: predictions[_Keys.LOGITS],
      }
      metrics |= {
        k % each: mean(tf.cast(v, tf.float32)[:, each], _row(weights))
        for k, v in of_class.items()
      }
      of_one = truth[:, each], probabilities[:, each], _row(weights)
      metrics[_Metrics.CLASS_AUC % each] = auc(*of_one)
      metrics[_Metrics.CLASS_AUC_PR % each] = auc(*of_one, curve='PR')
    return metrics


# What all of these functions take for a head.
_COMMON = (
  'label_name',
  'weight_column_name',
  'enable_centered_bias',
  'head_name',
  'loss_fn',
)


def _common(given: Mapping[str, Any]) -> dict[str, Any]:
  """Those arguments, of the `locals()` of a function."""
  return {name: given[name] for name in _COMMON if name in given}


def multi_class_head(
  n_classes: int,
  label_name: str | None = None,
  weight_column_name: str | None = None,
  enable_centered_bias: bool = False,
  head_name: str | None = None,
  thresholds: Any = None,
  metric_class_ids: Any = None,
  loss_fn: Any = None,
  label_keys: Any = None,
) -> head.Head:
  """A head for two or more classes.

  Args:
    n_classes: How many.
    label_name: See `Head`, as the next three and `loss_fn`.
    weight_column_name: Of weights.
    enable_centered_bias: Of a bias.
    head_name: Of the head.
    thresholds: Of metrics of two classes.
    metric_class_ids: Classes with metrics of their own, of more than two.
    loss_fn: In place of cross entropy.
    label_keys: The names of more than two classes, where labels are strings.

  Raises:
    ValueError: `n_classes` is less than 2, or does not go with others.
  """
  common = _common(locals())
  if n_classes is None or n_classes < 2:
    raise ValueError(f'n_classes must be > 1 for classification: {n_classes}.')
  if n_classes > 2:
    return _MultiClass(
      label_keys, metric_class_ids, logits_dimension=n_classes, **common
    )
  if metric_class_ids:
    raise ValueError('metric_class_ids invalid for n_classes==2.')
  if label_keys:
    raise ValueError('label_keys is not supported for n_classes=2.')
  return _Binary(thresholds, logits_dimension=1, **common)


def regression_head(
  label_name: str | None = None,
  weight_column_name: str | None = None,
  label_dimension: int = 1,
  enable_centered_bias: bool = False,
  head_name: str | None = None,
  link_fn: Callable[..., Any] | None = None,
) -> head.Head:
  """A head for numbers, `label_dimension` of them; see `Head`."""
  common = _common(locals())
  return _Regression(link_fn, logits_dimension=label_dimension, **common)


def poisson_regression_head(
  label_name: str | None = None,
  weight_column_name: str | None = None,
  label_dimension: int = 1,
  enable_centered_bias: bool = False,
  head_name: str | None = None,
) -> head.Head:
  """A head for counts; see `Head`."""
  common = _common(locals())
  return _Poisson(tf.exp, logits_dimension=label_dimension, **common)


def multi_label_head(
  n_classes: int,
  label_name: str | None = None,
  weight_column_name: str | None = None,
  enable_centered_bias: bool = False,
  head_name: str | None = None,
  thresholds: Any = None,
  metric_class_ids: Any = None,
  loss_fn: Any = None,
) -> head.Head:
  """A head for classes of which several may be true; see `multi_class_head`."""
  if n_classes < 2:
    raise ValueError(f'n_classes must be > 1 for classification: {n_classes}.')
  common = _common(locals())
  return _MultiLabel(metric_class_ids, logits_dimension=n_classes, **common)


def no_op_train_fn(loss: Any) -> Any:
  """A train_op_fn that trains nothing."""
  del loss
  return v1.no_op()


def _column(values: Any) -> tf.Tensor:
  values = tf.cast(values, tf.float32)
  return values[:, tf.newaxis] if values.shape.rank == 1 else values


def _row(weights: Any) -> Any:
  return None if weights is None else tf.reshape(weights, [-1])


def _is(values: Any, each: int) -> tf.Tensor:
  return tf.cast(tf.equal(tf.cast(values, tf.int64), each), tf.float32)


def _checked(class_ids: Any, count: int) -> tuple[int, ...]:
  found = tuple(class_ids or ())
  for each in found:
    if not 0 <= each < count:
      raise ValueError(f'Class ID {each} not in [0, {count}).')
  return found


def _table(keys: Any) -> Any:
  return tf.lookup.StaticVocabularyTable(
    tf.lookup.KeyValueTensorInitializer(
      tf.constant(keys), tf.range(len(keys), dtype=tf.int64)
    ),
    num_oov_buckets=1,
  )
