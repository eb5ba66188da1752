"""Finds which of several classes apply to an example, any number of them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import tensorflow as tf

from tfcompat_estimator.heads import (
  classes,
  label_checks,
  metric_definitions,
  single,
  tasks,
)
from tfcompat_estimator.records import keys

v1 = tf.compat.v1

_Metric = keys.MetricKeys
_Prediction = keys.PredictionKeys

_AT_CLASS = (
  _Metric.PROBABILITY_MEAN_AT_CLASS,
  _Metric.AUC_AT_CLASS,
  _Metric.AUC_PR_AT_CLASS,
)
_AT_NAME = (
  _Metric.PROBABILITY_MEAN_AT_NAME,
  _Metric.AUC_AT_NAME,
  _Metric.AUC_PR_AT_NAME,
)


class MultiLabelTask(tasks.Task):
  """Any of `n_classes` classes, each with a logit."""

  prediction_order = (
    _Prediction.LOGITS,
    _Prediction.PROBABILITIES,
    _Prediction.CLASSES,
  )
  v1_build_order = prediction_order
  measured: ClassVar = {'probabilities': _Prediction.PROBABILITIES}

  def __init__(
    self,
    n_classes: Any,
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_fn: Any = None,
    classes_for_class_based_metrics: Any = None,
  ) -> None:
    n_classes = label_checks.known(n_classes)
    if n_classes is None or n_classes < 2:
      raise ValueError(
        'n_classes must be > 1 for multi-label classification. Given: '
        f'{n_classes}'
      )
    super().__init__(n_classes, weight_column, loss_fn)
    self.n_classes = n_classes
    self.thresholds = _check_thresholds(thresholds)
    self.label_vocabulary = label_checks.check_vocabulary(label_vocabulary)
    if label_vocabulary is not None and len(label_vocabulary) != n_classes:
      raise ValueError(
        f'Length of label_vocabulary must be n_classes ({n_classes}). Given: '
        f'{len(label_vocabulary)}'
      )
    self._class_metrics = self._of_classes(classes_for_class_based_metrics)

  def _of_classes(self, wanted: Any) -> list[metric_definitions.MetricDef]:
    """The metrics of single classes, given by name or id."""
    definitions = []
    for each in wanted or ():
      class_id = self._class_id(each)
      of_class: Any = class_id
      mean, auc, auc_pr = _AT_CLASS
      if self.label_vocabulary:
        of_class = self.label_vocabulary[class_id]
        mean, auc, auc_pr = _AT_NAME
      definitions += [
        metric_definitions.MetricDef(
          mean % of_class, 'mean', 'probabilities', column=class_id
        ),
        metric_definitions.MetricDef(
          auc % of_class, 'auc', 'probabilities', 'labels', column=class_id
        ),
        metric_definitions.MetricDef(
          auc_pr % of_class,
          'auc_pr',
          'probabilities',
          'labels',
          column=class_id,
        ),
      ]
    return definitions

  def _class_id(self, given: Any) -> int:
    if not isinstance(given, str):
      if not 0 <= given < self.logits_dimension:
        raise ValueError(
          'All classes_for_class_based_metrics must be in range '
          f'[0, {self.logits_dimension - 1}]. Given: {given}'
        )
      return given
    if not self.label_vocabulary:
      raise ValueError(
        'label_vocabulary must be provided when '
        'classes_for_class_based_metrics are strings.'
      )
    if given not in self.label_vocabulary:
      raise ValueError(
        f'`classes_for_class_based_metrics` ({given!r}) is not in list '
        f'`label_vocabulary` ({self.label_vocabulary}).'
      )
    return list(self.label_vocabulary).index(given)

  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Labels as vectors of 0 and 1, `int64 [D0, ..., DN, n_classes]`."""
    label_checks.check_given(labels)
    if isinstance(labels, tf.SparseTensor):
      labels = self._multi_hot(labels)
    else:
      labels = tf.convert_to_tensor(labels)
      labels = label_checks.check_range(
        labels,
        n_classes=2,
        message='labels must be an integer indicator Tensor with values in '
        '[0, 1]',
      )
    return label_checks.match_logits(labels, logits, self.logits_dimension)

  def _multi_hot(self, labels: tf.SparseTensor) -> tf.Tensor:
    n_classes = self.logits_dimension
    names = None
    if labels.dtype == tf.string:
      if not self.label_vocabulary:
        raise TypeError(
          '`label_vocabulary` (None) must list the names of the classes, since '
          'labels are strings.'
        )
      names = labels.values
      ids = label_checks.ids_of_names(names, self.label_vocabulary)
    else:
      if not labels.dtype.is_integer:
        raise ValueError(
          f'Labels dtype should be integer. Instead got {labels.dtype}. For '
          'strings, pass `label_vocabulary`.'
        )
      ids = labels.values
    ids = label_checks.check_range(
      ids,
      n_classes,
      message='labels must be an integer SparseTensor with values in '
      f'[0, {n_classes})',
      names=names,
      vocabulary=None if names is None else self.label_vocabulary,
    )
    labels = tf.SparseTensor(labels.indices, ids, labels.dense_shape)
    return tf.cast(tf.sparse.to_indicator(labels, n_classes), tf.int64)

  def own_loss(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The mean of the sigmoid cross entropies of the classes."""
    loss = v1.losses.sigmoid_cross_entropy(
      multi_class_labels=labels,
      logits=logits,
      reduction=v1.losses.Reduction.NONE,
    )
    return tf.reduce_mean(loss, axis=-1, keepdims=True)

  def prediction_makers(
    self, logits: tf.Tensor
  ) -> Mapping[str, Callable[[], tf.Tensor]]:
    """See `Task.prediction_makers`."""
    return {
      _Prediction.LOGITS: lambda: logits,
      _Prediction.PROBABILITIES: lambda: tf.sigmoid(
        logits, name='probabilities'
      ),
      _Prediction.CLASSES: lambda: classes.all_names(
        logits, self.logits_dimension, self.label_vocabulary
      ),
    }

  def metric_defs(
    self, regularized: bool
  ) -> list[metric_definitions.MetricDef]:
    """See `Task.metric_defs`."""
    define = metric_definitions.MetricDef
    return [
      define(_Metric.LOSS_MEAN, 'mean', 'unreduced_loss'),
      define(_Metric.AUC, 'auc', 'probabilities', 'labels'),
      define(_Metric.AUC_PR, 'auc_pr', 'probabilities', 'labels'),
      *([metric_definitions.REGULARIZATION] if regularized else []),
      *metric_definitions.at_thresholds(self.thresholds, 'probabilities'),
      *self._class_metrics,
    ]

  def export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """Classification by probabilities."""
    return classes.signatures(
      predictions, self.logits_dimension, self.label_vocabulary
    )


def _check_thresholds(thresholds: Any) -> tuple[float, ...]:
  thresholds = tuple(thresholds) if thresholds else ()
  for threshold in thresholds:
    if not 0.0 < threshold < 1.0:
      raise ValueError(
        f'thresholds must be in (0, 1) range. Given: {threshold}'
      )
  return thresholds


class MultiLabelHead(single.SingleHead):
  """A head for classes of which any number apply: sigmoid cross entropy.

  The logits have the shape `[D0, ..., DN, n_classes]`. Labels are either a
  dense `Tensor` of that shape, integers 0 or 1, or a `SparseTensor` of shape
  `[D0, ..., DN, ?]` that holds the ids of the classes that apply (integers
  below `n_classes`), or their names (strings of `label_vocabulary`). The loss
  of an example is the mean over the classes of
  `max(z, 0) - z y + log(1 + exp(-|z|))` of logit z and label y.

  A custom model function uses it like this:

      head = tf.estimator.MultiLabelHead(n_classes=3)
      spec = head.create_estimator_spec(
        features, mode, logits, labels=labels, optimizer=optimizer,
        trainable_variables=variables)

  In `PREDICT` the predictions are `logits`, `probabilities` (of each class by
  itself) and `classes` (the names of all classes, strings `[D0, n_classes]`).
  """

  @single.described
  def __init__(
    self,
    n_classes,
    weight_column=None,
    thresholds=None,
    label_vocabulary=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    loss_fn=None,
    classes_for_class_based_metrics=None,
    name=None,
  ):
    """Makes the head.

    Args:
      n_classes: The number of classes, above 1.
      thresholds: Floats in (0, 1). For each, there are the metrics accuracy,
        precision and recall of calling probabilities above it positive, over
        all classes.
      classes_for_class_based_metrics: Ids or names of classes that get metrics
        of their own: mean probability, AUC and precision-recall AUC.
    """
    super().__init__(
      MultiLabelTask(
        n_classes,
        weight_column,
        thresholds,
        label_vocabulary,
        loss_fn,
        classes_for_class_based_metrics,
      ),
      loss_reduction,
      name,
    )
