"""Rebuilds what old modules of heads had, in the form that it had.

Heads that derive from those of the v1 estimators, and evaluate more or other
metrics, call these functions.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import losses, v1_metrics
from tfcompat_estimator.optimizers import train_ops

v1 = tf.compat.v1

# Names of signatures, of `canned.head`, `head.head_utils`, `keras_lib`.
CLASSIFY_SERVING_KEY = 'classification'
DEFAULT_SERVING_KEY = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
PREDICT_SERVING_KEY = 'predict'
REGRESS_SERVING_KEY = 'regression'

_MEAN = 'sum_over_batch_size'


def summary_key(head_name: str | None, val: str) -> str:
  """The tag of a metric of a head."""
  return f'{val}/{head_name}' if head_name else val


def create_summary(
  regularized_training_loss: tf.Tensor,
  regularization_losses: Sequence[tf.Tensor] | None = None,
  summary_key_fn: Callable[[str], str] | None = None,
) -> None:
  """Summaries of the loss and of its regularization."""
  losses.write_losses(
    regularized_training_loss,
    regularization_losses,
    summary_key_fn or (lambda key: key),
  )


def create_train_op(
  head_name: str | None,
  optimizer: Any = None,
  trainable_variables: Any = None,
  train_op_fn: Callable[[tf.Tensor], Any] | None = None,
  update_ops: Any = None,
  regularized_training_loss: Any = None,
  loss_reduction: str = _MEAN,
) -> Any:
  """The train op of a head."""
  del head_name  # it named a scope that the op's name does not show
  return train_ops.make(
    regularized_training_loss,
    loss_reduction,
    optimizer=optimizer,
    trainable_variables=trainable_variables,
    train_op_fn=train_op_fn,
    update_ops=update_ops,
  )


def no_op_train_fn(loss: tf.Tensor) -> tf.Operation:
  """Trains nothing: each of several heads gets it."""
  del loss
  return tf.no_op()


def default_export_output(
  export_outputs: Mapping[str, Any], head_name: str
) -> Any:
  """The output for serving by default, of those of a head."""
  key = DEFAULT_SERVING_KEY
  if len(export_outputs) == 1:
    return next(iter(export_outputs.values()))
  if key not in export_outputs:
    raise ValueError(
      f'{head_name} did not specify default export_outputs. Given: '
      f'{export_outputs}. Make one of them {key!r}.'
    )
  return export_outputs[key]


# --- metrics ------------------------------------------------------------------

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
