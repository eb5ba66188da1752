"""Predicts numbers: by the squared error, Poisson's or the logistic loss."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import tensorflow as tf

from tfcompat_estimator.heads import (
  label_checks,
  metric_definitions,
  single,
  tasks,
)
from tfcompat_estimator.records import arguments, estimator_specs, keys

v1 = tf.compat.v1

_Metric = keys.MetricKeys
_Prediction = keys.PredictionKeys

_DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class RegressionTask(tasks.Task):
  """Numbers, of which the logits are a function."""

  per_logit_loss = True
  v1_scoped = False
  measured: ClassVar = {'predicted_value': _Prediction.PREDICTIONS}
  v1_metric_arguments = ('predicted_value', 'labels')

  def __init__(
    self,
    label_dimension: Any = 1,
    weight_column: Any = None,
    loss_fn: Any = None,
    inverse_link_fn: Any = None,
  ) -> None:
    label_dimension = arguments.size('label_dimension', label_dimension)
    if label_dimension < 1:
      raise ValueError(
        f'Invalid label_dimension {label_dimension}. It must be at least 1.'
      )
    super().__init__(label_dimension, weight_column, loss_fn)
    self.inverse_link_fn = inverse_link_fn
    self.prediction_order = self.v1_build_order = (
      (_Prediction.PREDICTIONS, _Prediction.LOGITS)
      if inverse_link_fn
      else (_Prediction.PREDICTIONS,)
    )

  def process_labels(self, labels: Any, logits: tf.Tensor) -> tf.Tensor:
    """Labels as floats, `[D0, ..., DN, label_dimension]`."""
    labels = label_checks.match_logits(labels, logits, self.logits_dimension)
    return tf.cast(labels, tf.float32)

  def own_loss(self, labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The squared error."""
    return v1.losses.mean_squared_error(
      labels=labels, predictions=logits, reduction=v1.losses.Reduction.NONE
    )

  def prediction_makers(
    self, logits: tf.Tensor
  ) -> Mapping[str, Callable[[], tf.Tensor]]:
    """See `Task.prediction_makers`."""
    link = self.inverse_link_fn or tf.convert_to_tensor
    return {
      _Prediction.PREDICTIONS: lambda: link(logits),
      _Prediction.LOGITS: lambda: tf.convert_to_tensor(logits),
    }

  def metric_defs(
    self, regularized: bool
  ) -> list[metric_definitions.MetricDef]:
    """See `Task.metric_defs`."""
    define = metric_definitions.MetricDef
    definitions = [
      define(_Metric.LOSS_MEAN, 'mean', 'unreduced_loss', v1_name=''),
      define(_Metric.PREDICTION_MEAN, 'mean', 'predicted_value'),
      define(_Metric.LABEL_MEAN, 'mean', 'labels', v1_name=''),
    ]
    return definitions + (
      [metric_definitions.REGULARIZATION] if regularized else []
    )

  def export_outputs(self, predictions: dict[str, tf.Tensor]) -> dict[str, Any]:
    """Regression by the predictions."""
    regression = estimator_specs.RegressionOutput(
      value=predictions[_Prediction.PREDICTIONS]
    )
    return {
      _DEFAULT_SIGNATURE: regression,
      'regression': regression,
      'predict': estimator_specs.PredictOutput(predictions),
    }


def poisson_task(
  label_dimension: Any, weight_column: Any, compute_full_loss: bool
) -> RegressionTask:
  """Counts, of which the logits are the logarithms."""
  loss_fn = _full_poisson_loss if compute_full_loss else _poisson_loss
  return RegressionTask(label_dimension, weight_column, loss_fn, tf.exp)


def _full_poisson_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
  return tf.nn.log_poisson_loss(labels, logits, compute_full_loss=True)


def _poisson_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
  return tf.nn.log_poisson_loss(labels, logits, compute_full_loss=False)


def logistic_task(weight_column: Any) -> RegressionTask:
  """Probabilities, by their log odds."""
  return RegressionTask(1, weight_column, _logistic_loss, tf.sigmoid)


def _logistic_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
  """The sigmoid cross entropy of labels that are probabilities."""
  labels = label_checks.check_range(
    labels, n_classes=2, message='Labels must be in range [0, 1]'
  )
  return tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)


class RegressionHead(single.SingleHead):
  """A head for regression: the mean squared error.

  The logits have the shape `[D0, ..., DN, label_dimension]`, and so have the
  labels, numbers; their last axis may be missing when it is 1. The loss of an
  example is `(z - y)^2` of its logit z and label y.

  A custom model function uses it like this:

      head = tf.estimator.RegressionHead()
      spec = head.create_estimator_spec(
        features, mode, logits, labels=labels, optimizer=optimizer,
        trainable_variables=variables)

  In `PREDICT` the predictions are `predictions`, the logits; with
  `inverse_link_fn`, `predictions` is its result and `logits` is there too.
  """

  @single.described
  def __init__(
    self,
    label_dimension=1,
    weight_column=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    loss_fn=None,
    inverse_link_fn=None,
    name=None,
  ):
    """Makes the head.

    Args:
      weight_column: A feature's name, or a numeric feature column: the weights
        by which the losses and metrics of examples are multiplied, of shape
        `[D0, ..., DN, 1]` or that of the logits.
      loss_fn: Takes `labels` and `logits`, and if it likes `features` and
        `loss_reduction`, by name; returns losses of the shape of the logits.
      inverse_link_fn: Takes the logits and returns the predictions. The
        identity by default.
    """
    super().__init__(
      RegressionTask(label_dimension, weight_column, loss_fn, inverse_link_fn),
      loss_reduction,
      name,
    )

  def predictions(self, logits):
    return super().predictions(logits)


class PoissonRegressionHead(RegressionHead):
  """A head for counts: `tf.nn.log_poisson_loss`.

  As `RegressionHead`, but the logits are logarithms of the expected counts:
  the predictions are `exp(z)`, and the loss of an example is `exp(z) - z y`
  plus, with `compute_full_loss`, Stirling's approximation of `log(y!)`.
  """

  @single.described
  def __init__(
    self,
    label_dimension=1,
    weight_column=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    compute_full_loss=True,
    name=None,
  ):
    """Makes the head.

    Args:
      compute_full_loss: Whether the loss has the term that depends on the
        labels only.
    """
    # Not RegressionHead's own: it would make a task of another loss.
    single.SingleHead.__init__(
      self,
      poisson_task(label_dimension, weight_column, compute_full_loss),
      loss_reduction,
      name,
    )


class LogisticRegressionHead(RegressionHead):
  """A head for one probability: sigmoid cross entropy.

  As `RegressionHead`, but labels are floats in [0, 1], the predictions are
  `sigmoid(z)`, and the loss of an example is that of `BinaryClassHead`. Use
  that one for classes; this one predicts and measures as a regression does.
  """

  @single.described
  def __init__(
    self,
    weight_column=None,
    loss_reduction=single.SUM_OVER_BATCH_SIZE,
    name=None,
  ):
    """Makes the head."""
    single.SingleHead.__init__(
      self, logistic_task(weight_column), loss_reduction, name
    )
