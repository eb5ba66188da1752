"""Classifies examples into two classes by one logit."""

import functools
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
from tfcompat_estimator.records import estimator_specs, keys

v1 = tf.compat.v1

_Metric = keys.MetricKeys
_Prediction = keys.PredictionKeys


def check_thresholds(thresholds: Any) -> tuple[float, ...]:
  """Returns the thresholds, each in (0, 1), as a tuple; `()` for None."""
  thresholds = tuple(thresholds) if thresholds else ()
  if any(not 0.0 < threshold < 1.0 for threshold in thresholds):
    raise ValueError(f'thresholds not in (0, 1): {(thresholds,)}.')
  return thresholds


class BinaryClassTask(tasks.Task):
  """Two classes, of which the logit is that of the second."""

  prediction_order = (
    _Prediction.LOGITS,
    _Prediction.LOGISTIC,
    _Prediction.PROBABILITIES,
    _Prediction.CLASS_IDS,
    _Prediction.CLASSES,
    _Prediction.ALL_CLASS_IDS,
    _Prediction.ALL_CLASSES,
  )
  v1_build_order = (
    *prediction_order[:4],
    _Prediction.ALL_CLASS_IDS,
    _Prediction.ALL_CLASSES,
    _Prediction.CLASSES,
  )
  measured: ClassVar = {
    'logits': _Prediction.LOGITS,
    'logistic': _Prediction.LOGISTIC,
    'class_ids': _Prediction.CLASS_IDS,
  }

  def __init__(
    self,
    weight_column: Any = None,
    thresholds: Any = None,
    label_vocabulary: Any = None,
    loss_fn: Any = None,
  ) -> None:
    super().__init__(1, weight_column, loss_fn)
    self.thresholds = check_thresholds(thresholds)
    self.label_vocabulary = label_checks.check_vocabulary(label_vocabulary)

  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Labels as floats 0 to 1, `[D0, ..., DN, 1]`."""
    labels = label_checks.match_logits(labels, logits, 1)
    names = None
    if self.label_vocabulary is not None:
      names = labels
      labels = label_checks.ids_of_names(labels, self.label_vocabulary)
    labels = tf.cast(labels, tf.float32)
    return label_checks.check_range(
      labels, n_classes=2, names=names, vocabulary=self.label_vocabulary
    )

  def own_loss(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The sigmoid cross entropy."""
    return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)

  def prediction_makers(
    self, logits: tf.Tensor
  ) -> Mapping[str, Callable[[], tf.Tensor]]:
    """See `Task.prediction_makers`."""

    @functools.cache
    def class_logits() -> tf.Tensor:
      return tf.concat(
        [tf.zeros_like(logits), logits], axis=-1, name='two_class_logits'
      )

    @functools.cache
    def class_ids() -> tf.Tensor:
      return classes.most_likely(class_logits())

    names = self.label_vocabulary
    return {
      _Prediction.LOGITS: lambda: logits,
      _Prediction.LOGISTIC: lambda: tf.sigmoid(logits, name='logistic'),
      _Prediction.PROBABILITIES: lambda: tf.nn.softmax(
        class_logits(), name='probabilities'
      ),
      _Prediction.CLASS_IDS: class_ids,
      _Prediction.CLASSES: lambda: classes.names_of(class_ids(), names),
      _Prediction.ALL_CLASS_IDS: lambda: classes.all_ids(logits, 2),
      _Prediction.ALL_CLASSES: lambda: classes.all_names(logits, 2, names),
    }

  def metric_defs(
    self, regularized: bool
  ) -> list[metric_definitions.MetricDef]:
    """See `Task.metric_defs`."""
    define = metric_definitions.MetricDef
    definitions = [
      define(_Metric.LOSS_MEAN, 'mean', 'unreduced_loss'),
      define(_Metric.ACCURACY, 'accuracy', 'class_ids', 'labels'),
      define(_Metric.PRECISION, 'precision', 'class_ids', 'labels'),
      define(_Metric.RECALL, 'recall', 'class_ids', 'labels'),
      define(_Metric.PREDICTION_MEAN, 'mean', 'logistic'),
      define(_Metric.LABEL_MEAN, 'mean', 'labels'),
      define(_Metric.ACCURACY_BASELINE, 'accuracy_baseline', 'labels'),
      define(_Metric.AUC, 'auc', 'logistic', 'labels'),
      define(_Metric.AUC_PR, 'auc_pr', 'logistic', 'labels'),
    ]
    if regularized:
      definitions.append(metric_definitions.REGULARIZATION)
    return definitions + metric_definitions.at_thresholds(
      self.thresholds, 'logistic'
    )

  def export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """Classification by probabilities, regression by the logistic."""
    regression = estimator_specs.RegressionOutput(
      value=predictions[_Prediction.LOGISTIC]
    )
    classified = classes.signatures(predictions, 2, self.label_vocabulary)
    return {**classified, 'regression': regression}


class BinaryClassHead(single.SingleHead):
  """A head for two classes: sigmoid cross entropy of one logit.

  The logits have the shape `[D0, ..., DN, 1]`. Labels are floats or integers,
  0 or 1 (anything between is a probability), of that shape or without the last
  axis; or strings of `label_vocabulary`. The loss of an example is
  `max(z, 0) - z y + log(1 + exp(-|z|))` of its logit z and label y.

  A custom model function uses it like this:

      head = tf.estimator.BinaryClassHead()
      spec = head.create_estimator_spec(
        features, mode, logits, labels=labels, optimizer=optimizer,
        trainable_variables=variables)

  In `PREDICT` the predictions are, in order, `logits`, `logistic` (the
  probability of class 1), `probabilities` `[D0, ..., DN, 2]`, `class_ids`
  (int64), `classes` (strings), `all_class_ids` (int32 `[D0, 2]`) and
  `all_classes` (strings `[D0, 2]`).
  """

  @single.described
  def __init__(
    self,
    weight_column=None,
    thresholds=None,
    label_vocabulary=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    loss_fn=None,
    name=None,
  ):
    """Makes the head.

    Args:
      thresholds: Floats in (0, 1). For each, there are the metrics accuracy,
        precision and recall of calling probabilities above it positive.
      label_vocabulary: A list or tuple of the names of the two classes, if
        labels are strings. By default they are numbers.
    """
    super().__init__(
      BinaryClassTask(weight_column, thresholds, label_vocabulary, loss_fn),
      loss_reduction,
      name,
    )
