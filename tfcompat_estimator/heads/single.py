"""Builds a head of one task: losses of tf_keras' reductions, Keras metrics."""

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import (
  base_head,
  losses,
  metric_definitions,
  shapes,
  tasks,
)
from tfcompat_estimator.records import argument_docs
from tfcompat_estimator.records import keys as keys_lib

v1 = tf.compat.v1

SUM_OVER_BATCH_SIZE = tf_keras.losses.Reduction.SUM_OVER_BATCH_SIZE

# What constructors of public heads say of their arguments.
described = argument_docs.shared(
  {
    'label_dimension': (
      'The number of labels of an example: the size of the last axis of labels '
      'and logits.'
    ),
    'label_vocabulary': (
      'A list or tuple of the names of the `n_classes` classes, if labels are '
      'strings. By default they are ids.'
    ),
    'loss_fn': (
      'Takes `labels` and `logits`, and if it likes `features` and '
      '`loss_reduction`, by name; returns losses of shape `[D0, ..., DN, 1]`.'
    ),
    'loss_reduction': (
      '`tf.losses.Reduction.SUM_OVER_BATCH_SIZE` or `SUM`: what becomes of the '
      'weighted losses of a batch.'
    ),
    'name': "The head's name: its scope, and the suffix of metric names.",
    'weight_column': (
      "A feature's name, or a numeric feature column: the weights by which the "
      'losses and metrics of examples are multiplied.'
    ),
    'Raises': (
      'TypeError: If `weight_column` is neither a string nor a numeric column.\n'
      'ValueError: If another argument is not as described.'
    ),
  }
)


class SingleHead(base_head.Head):
  """A head of one task. Its subclasses only choose the task.

  Not public: programs see `BinaryClassHead` and its kin.
  """

  def __init__(
    self, task: tasks.Task, loss_reduction: str, name: str | None
  ) -> None:
    self._task = task
    self._loss_reduction = losses.check_reduction(loss_reduction)
    self._name = name
    tasks.expose(task, self)
    for member, key in vars(keys_lib.MetricKeys).items():
      if member.isupper() and '%' not in key:
        setattr(self, f'_{member.lower()}_key', self._summary_key(key))

  @property
  def task(self) -> tasks.Task:
    """What the head predicts."""
    return self._task

  @property
  def name(self):
    return self._name

  @property
  def logits_dimension(self):
    return self._task.logits_dimension

  @property
  def loss_reduction(self):
    return self._loss_reduction

  def loss(
    self,
    labels,
    logits,
    features=None,
    mode=None,
    regularization_losses=None,
  ):
    del mode  # The loss is the same in all of them.
    with v1.name_scope('losses'):
      logits = shapes.check_last_axis(logits, self.logits_dimension)
      labels = self._processed_labels(logits, labels)
      unreduced_loss, weights = self._unweighted_loss_and_weights(
        logits, labels, features
      )
      loss = losses.reduce(unreduced_loss, weights, self._loss_reduction)
      return losses.add_regularization(loss, regularization_losses)

  def predictions(self, logits, keys=None):
    wanted = self._checked_keys(keys)
    logits = shapes.check_last_axis(logits, self.logits_dimension)
    with v1.name_scope('predictions'):
      return self._task.predict(logits, wanted)

  def metrics(self, regularization_losses=None):
    return metric_definitions.make_keras(
      self._task.metric_defs(bool(regularization_losses)), self._summary_key
    )

  def update_metrics(
    self,
    eval_metrics,
    features,
    logits,
    labels,
    regularization_losses=None,
  ):
    logits = shapes.check_last_axis(logits, self.logits_dimension)
    labels = self._processed_labels(logits, labels)
    unreduced_loss, weights = self._unweighted_loss_and_weights(
      logits, labels, features
    )
    values = {
      'unreduced_loss': unreduced_loss,
      'weights': weights,
      **self._task.metric_values(labels, logits),
    }
    if regularization_losses:
      values['regularization_loss'] = tf.add_n(regularization_losses)
    metric_definitions.update_keras(
      eval_metrics,
      self._task.metric_defs(bool(regularization_losses)),
      self._summary_key,
      values,
    )
    return eval_metrics

  def _processed_labels(self, logits: tf.Tensor, labels: Any) -> tf.Tensor:
    """The labels, checked, as losses and metrics take them."""
    return self._task.process_labels(labels, logits)

  def _unweighted_loss_and_weights(
    self, logits: tf.Tensor, labels: tf.Tensor, features: Any
  ) -> tuple[tf.Tensor, Any]:
    """The losses of processed labels, and what to multiply them with."""
    return self._task.loss_and_weights(
      labels, logits, features, self._loss_reduction
    )

  def _checked_keys(self, keys: Any) -> Sequence[str]:
    """The keys that are wanted, in the head's own order."""
    valid = self._task.prediction_order
    if not keys:
      return valid
    if not isinstance(keys, (list, tuple)):
      raise ValueError(f'`keys` ({keys!r}) must be a list or a tuple.')
    check_prediction_keys(keys, valid)
    return [key for key in valid if key in keys]

  def _export_outputs(self, predictions: dict[Any, Any]) -> dict[str, Any]:
    return self._task.export_outputs(predictions)


def check_prediction_keys(
  pred_keys: Iterable[str], valid_keys: Iterable[str]
) -> None:
  """Raises ValueError if a key is none of the valid ones."""
  valid_keys = list(valid_keys)
  for key in pred_keys:
    if key not in valid_keys:
      raise ValueError(
        f'Prediction key must be in PredictionKeys, given: {key}. Valid '
        f'prediction keys include {valid_keys}.'
      )
