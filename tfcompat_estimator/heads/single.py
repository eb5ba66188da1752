"""Builds a head of one task: losses of tf_keras' reductions, Keras metrics."""

from collections.abc import Iterable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.heads import head, losses
from tfcompat_estimator.heads import logits as logits_check
from tfcompat_estimator.heads import metrics as metric_defs
from tfcompat_estimator.heads import task as tasks
from tfcompat_estimator.spec import keys as keys_lib

v1 = tf.compat.v1

SUM_OVER_BATCH_SIZE = tf_keras.losses.Reduction.SUM_OVER_BATCH_SIZE


class SingleHead(head.Head):
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
    """See `Head.name`."""
    return self._name

  @property
  def logits_dimension(self):
    """See `Head.logits_dimension`."""
    return self._task.logits_dimension

  @property
  def loss_reduction(self):
    """See `Head.loss_reduction`."""
    return self._loss_reduction

  def loss(
    self,
    labels,
    logits,
    features=None,
    mode=None,
    regularization_losses=None,
  ):
    """Returns the weighted, reduced and regularized loss of a batch.

    Args:
      labels: A `Tensor` or `SparseTensor` of shape `[D0, ..., DN, 1]` or
        `[D0, ..., DN, K]`; see the class for its type and for K.
      logits: A float `Tensor` of shape `[D0, ..., DN, logits_dimension]`.
      features: Dict of names to `Tensor`s; the weights of examples are read
        from it. Default: None, if the head has no weights.
      mode: A `ModeKeys` value; the loss is the same in all of them.
      regularization_losses: A list of float scalars to add to the loss.
        Default: None.

    Returns:
      A float scalar `Tensor`.

    Raises:
      ValueError: If labels, logits or weights are of a shape, type or range
        that does not fit the head.
    """
    del mode  # The loss is the same in all of them.
    with v1.name_scope('losses'):
      logits = logits_check.check_last_axis(logits, self.logits_dimension)
      labels = self._processed_labels(logits, labels)
      unreduced_loss, weights = self._unweighted_loss_and_weights(
        logits, labels, features
      )
      loss = losses.reduce(unreduced_loss, weights, self._loss_reduction)
      return losses.add_regularization(loss, regularization_losses)

  def predictions(self, logits, keys=None):
    """Returns the predictions of a batch.

    Args:
      logits: A float `Tensor` of shape `[D0, ..., DN, logits_dimension]`.
      keys: A list or tuple of the `PredictionKeys` that are wanted. Default:
        None, all that the head has.

    Returns:
      A dict of `PredictionKeys` to `Tensor`s of shape `[D0, ..., DN, K]`.

    Raises:
      ValueError: If one of `keys` is no prediction of this head, or the last
        axis of the logits is not `logits_dimension`.
    """
    wanted = self._checked_keys(keys)
    logits = logits_check.check_last_axis(logits, self.logits_dimension)
    with v1.name_scope('predictions'):
      return self._task.predict(logits, wanted)

  def metrics(self, regularization_losses=None):
    """Returns new Keras metrics.

    Args:
      regularization_losses: A list of float scalars, or None. Their mean is one
        metric more, if there are any.

    Returns:
      A dict of names to `tf_keras.metrics.Metric`s.
    """
    return metric_defs.make_keras(
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
    """Updates metrics with a batch.

    Args:
      eval_metrics: What `metrics` returned.
      features: Dict of names to `Tensor`s; the weights of examples are read
        from it.
      logits: A float `Tensor` of shape `[D0, ..., DN, logits_dimension]`.
      labels: A `Tensor` or `SparseTensor` of shape `[D0, ..., DN, 1]` or
        `[D0, ..., DN, K]`; see the class for its type and for K.
      regularization_losses: The list of float scalars that `metrics` was given,
        or None.

    Returns:
      `eval_metrics`.

    Raises:
      ValueError: As from `loss`.
    """
    logits = logits_check.check_last_axis(logits, self.logits_dimension)
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
    metric_defs.update_keras(
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
