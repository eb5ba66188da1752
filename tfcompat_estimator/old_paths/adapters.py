"""Gives old private functions the arguments that they had.

Their work is done in the rooms; what a name was is said in `paths.py`.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import optimizers as optimizer_lib
from tfcompat_estimator.heads import (
  classes,
  losses,
  metrics,
  summaries,
  train_op,
)
from tfcompat_estimator.heads import labels as label_lib
from tfcompat_estimator.heads import logits as logit_lib
from tfcompat_estimator.heads import weights as weight_lib

v1 = tf.compat.v1

_MEAN = 'sum_over_batch_size'


def get_optimizer_instance(opt: Any, learning_rate: Any = None) -> Any:
  """An optimizer of tf.compat.v1.train by its name, or the given one."""
  return optimizer_lib.resolve_v1(opt, learning_rate)


def get_optimizer_instance_v2(opt: Any, learning_rate: Any = None) -> Any:
  """An optimizer of Keras by its name, or a copy of the given one."""
  return optimizer_lib.resolve_v2(opt, learning_rate)


def load_global_step(checkpoint_dir: str) -> int:
  """The global step of the latest checkpoint of a directory."""
  path = tf.train.latest_checkpoint(checkpoint_dir)
  if path is None:
    return 0
  return int(
    tf.train.load_checkpoint(path).get_tensor(v1.GraphKeys.GLOBAL_STEP)
  )


def summary_key(head_name: str | None, val: str) -> str:
  """The tag of a metric of a head."""
  return f'{val}/{head_name}' if head_name else val


def match_logits(
  labels: Any, logits: tf.Tensor, expected_labels_dimension: int
) -> tf.Tensor:
  """The labels as a dense tensor of the shape that the logits ask for."""
  return label_lib.match_logits(labels, logits, expected_labels_dimension)


def read_weights(
  features: Any,
  weight_column: Any,
  logits: tf.Tensor,
  allow_per_logit_weights: bool = False,
) -> Any:
  """The weights of the examples, checked against the logits."""
  return weight_lib.read(
    features, weight_column, logits, allow_per_logit_weights
  )


def check_logits_final_dim(
  logits: tf.Tensor, expected_logits_dimension: int
) -> tf.Tensor:
  """The logits, checked."""
  return logit_lib.check_last_axis(logits, expected_logits_dimension)


def call_loss_fn(
  loss_fn: Callable[..., Any],
  labels: tf.Tensor,
  logits: tf.Tensor,
  features: Any,
  expected_loss_dim: int = 1,
) -> tf.Tensor:
  """The unreduced loss of a user's function, its shape checked."""
  return losses.call_loss_fn(
    loss_fn, labels, logits, features, 'none', expected_loss_dim
  )


def all_classes(
  logits: tf.Tensor,
  n_classes: int,
  label_vocabulary: Sequence[str] | None = None,
) -> tf.Tensor:
  """The names of all classes, for each example."""
  return classes.all_names(logits, n_classes, label_vocabulary)


def classification_output(
  scores: tf.Tensor,
  n_classes: int,
  label_vocabulary: Sequence[str] | None = None,
) -> Any:
  """A `ClassificationOutput` of scores and the names of all classes."""
  return classes.classification_output(scores, n_classes, label_vocabulary)


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


def create_eval_metrics_tuple(
  fn: Callable[..., Any], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], dict[str, tf.Tensor]]:
  """The `eval_metrics` of a TPUEstimatorSpec: a function and its tensors.

  Args:
    fn: Makes the metrics.
    kwargs: Its arguments; those that are no tensors go with it.
  """
  tensors = {k: v for k, v in kwargs.items() if tf.is_tensor(v)}
  others = {k: v for k, v in kwargs.items() if k not in tensors}
  return functools.partial(fn, **others), tensors


def create_summary(
  regularized_training_loss: tf.Tensor,
  regularization_losses: Sequence[tf.Tensor] | None = None,
  summary_key_fn: Callable[[str], str] | None = None,
) -> None:
  """Summaries of the loss and of its regularization."""
  summaries.write_losses(
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
  return train_op.make(
    regularized_training_loss,
    loss_reduction,
    optimizer=optimizer,
    trainable_variables=trainable_variables,
    train_op_fn=train_op_fn,
    update_ops=update_ops,
  )


def update_metric(eval_metric: Any, values: tf.Tensor, weights: Any) -> None:
  """Updates a Keras metric, its weights of the shape of the values."""
  values = tf.cast(values, tf.float32)
  if weights is not None:
    weights = metrics.broadcast(weights, values)
  eval_metric.update_state(values=values, sample_weight=weights)
