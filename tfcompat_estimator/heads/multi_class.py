"""Classifies examples into one of three or more classes."""

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
from tfcompat_estimator.records import keys

v1 = tf.compat.v1

_Metric = keys.MetricKeys
_Prediction = keys.PredictionKeys


class MultiClassTask(tasks.Task):
  """One of `n_classes` classes, each with a logit."""

  prediction_order = (
    _Prediction.LOGITS,
    _Prediction.PROBABILITIES,
    _Prediction.CLASS_IDS,
    _Prediction.CLASSES,
    _Prediction.ALL_CLASS_IDS,
    _Prediction.ALL_CLASSES,
  )
  v1_build_order = (
    _Prediction.LOGITS,
    _Prediction.ALL_CLASS_IDS,
    _Prediction.ALL_CLASSES,
    _Prediction.CLASS_IDS,
    _Prediction.CLASSES,
    _Prediction.PROBABILITIES,
  )
  measured: ClassVar = {'class_ids': _Prediction.CLASS_IDS}

  def __init__(
    self,
    n_classes: Any,
    weight_column: Any = None,
    label_vocabulary: Any = None,
    loss_fn: Any = None,
  ) -> None:
    self.n_classes = label_checks.check_n_classes(n_classes)
    super().__init__(self.n_classes, weight_column, loss_fn)
    self.label_vocabulary = label_checks.check_vocabulary(label_vocabulary)

  def check_vocabulary_size(self) -> None:
    """Raises unless the label vocabulary, if any, names all the classes."""
    names = self.label_vocabulary
    if names is not None and len(names) != self.logits_dimension:
      raise ValueError(
        '"label_vocabulary" does not have "n_classes" items. '
        f'len(label_vocabulary)={len(names)}, '
        f'n_classes={self.logits_dimension}, label_vocabulary={names}'
      )

  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Labels as integer ids, `[D0, ..., DN, 1]`."""
    labels = label_checks.match_logits(labels, logits, 1)
    names = self.label_vocabulary and labels
    return label_checks.check_range(
      self.ids_of(labels),
      self.logits_dimension,
      names=names,
      vocabulary=self.label_vocabulary,
    )

  def ids_of(self, labels: tf.Tensor) -> tf.Tensor:
    """The ids of labels, which are ids or names.

    Raises:
      ValueError: If they are neither, as the vocabulary says.
    """
    if self.label_vocabulary is not None:
      if labels.dtype != tf.string:
        raise ValueError(
          'Labels dtype should be string if there is a vocabulary. '
          f'Instead got {labels.dtype}. Drop `label_vocabulary` if labels are '
          'ids.'
        )
      return label_checks.ids_of_names(labels, self.label_vocabulary)
    if not labels.dtype.is_integer:
      raise ValueError(
        f'Labels dtype should be integer. Instead got {labels.dtype}. For '
        'strings, pass `label_vocabulary`.'
      )
    return labels

  def own_loss(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The softmax cross entropy."""
    loss = v1.losses.sparse_softmax_cross_entropy(
      labels=labels, logits=logits, reduction=v1.losses.Reduction.NONE
    )
    # The axis of one id a label, which went with the ids.
    return tf.expand_dims(loss, axis=-1)

  def prediction_makers(
    self, logits: tf.Tensor
  ) -> Mapping[str, Callable[[], tf.Tensor]]:
    """See `Task.prediction_makers`."""

    @functools.cache
    def class_ids() -> tf.Tensor:
      return classes.most_likely(logits)

    size, names = self.logits_dimension, self.label_vocabulary
    return {
      _Prediction.LOGITS: lambda: logits,
      _Prediction.PROBABILITIES: lambda: tf.nn.softmax(
        logits, name='probabilities'
      ),
      _Prediction.CLASS_IDS: class_ids,
      _Prediction.CLASSES: lambda: classes.names_of(class_ids(), names),
      _Prediction.ALL_CLASS_IDS: lambda: classes.all_ids(logits, size),
      _Prediction.ALL_CLASSES: lambda: classes.all_names(logits, size, names),
    }

  def metric_defs(
    self, regularized: bool
  ) -> list[metric_definitions.MetricDef]:
    """See `Task.metric_defs`."""
    define = metric_definitions.MetricDef
    mean = define(_Metric.LOSS_MEAN, 'mean', 'unreduced_loss')
    accuracy = define(_Metric.ACCURACY, 'accuracy', 'class_ids', 'labels')
    if regularized:
      return [mean, metric_definitions.REGULARIZATION, accuracy]
    return [mean, accuracy]

  def export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """Classification by probabilities."""
    return classes.signatures(
      predictions, self.logits_dimension, self.label_vocabulary
    )


class MultiClassHead(single.SingleHead):
  """A head for more than two classes: softmax cross entropy.

  The logits have the shape `[D0, ..., DN, n_classes]`. Labels are integer ids
  from 0 to `n_classes - 1`, of shape `[D0, ..., DN, 1]` or without the last
  axis; or strings of `label_vocabulary`. The loss of an example is
  `log(sum_i exp(z_i)) - z_y` of its logits z and label y.

  A custom model function uses it like this:

      head = tf.estimator.MultiClassHead(n_classes=3)
      spec = head.create_estimator_spec(
        features, mode, logits, labels=labels, optimizer=optimizer,
        trainable_variables=variables)

  In `PREDICT` the predictions are, in order, `logits`, `probabilities`,
  `class_ids` (int64 `[D0, ..., DN, 1]`), `classes` (strings), `all_class_ids`
  (int32 `[D0, n_classes]`) and `all_classes` (strings `[D0, n_classes]`).
  """

  @single.described
  def __init__(
    self,
    n_classes,
    weight_column=None,
    label_vocabulary=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    loss_fn=None,
    name=None,
  ):
    """Makes the head.

    Args:
      n_classes: The number of classes, above 2; for two classes there is
        `BinaryClassHead`.
    """
    task_ = MultiClassTask(n_classes, weight_column, label_vocabulary, loss_fn)
    task_.check_vocabulary_size()
    super().__init__(task_, loss_reduction, name)
