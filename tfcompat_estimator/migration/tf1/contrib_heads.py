"""Heads by the functions of `tf.contrib.estimator`.

They are the heads of the v1 canned Estimators; what differs is that losses are
means over the batch.
"""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import multi_head as multi_heads
from tfcompat_estimator.heads import v1_heads, v1_protocol
from tfcompat_estimator.records import estimator_specs, modes

v1 = tf.compat.v1

_MEAN = v1.losses.Reduction.SUM_OVER_BATCH_SIZE


def multi_class_head(
  n_classes: int,
  weight_column: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for three or more classes."""
  return v1_heads.multi_class_head_with_softmax_cross_entropy_loss(
    n_classes, weight_column, label_vocabulary, loss_reduction, loss_fn, name
  )


def binary_classification_head(
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for two classes."""
  return v1_heads.binary_logistic_head_with_sigmoid_cross_entropy_loss(
    weight_column, thresholds, label_vocabulary, loss_reduction, loss_fn, name
  )


def regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  inverse_link_fn: Any = None,
  name: str | None = None,
) -> Any:
  """A head for real numbers."""
  return v1_heads.regression_head(
    weight_column,
    label_dimension,
    loss_reduction,
    loss_fn,
    inverse_link_fn,
    name,
  )


def poisson_regression_head(
  weight_column: Any = None,
  label_dimension: int = 1,
  loss_reduction: str = _MEAN,
  compute_full_loss: bool = True,
  name: str | None = None,
) -> Any:
  """A head for counts."""
  return v1_heads.poisson_regression_head(
    weight_column, label_dimension, loss_reduction, compute_full_loss, name
  )


def logistic_regression_head(
  weight_column: Any = None,
  loss_reduction: str = _MEAN,
  name: str | None = None,
) -> Any:
  """A head for probabilities."""
  return v1_heads.logistic_regression_head(weight_column, loss_reduction, name)


def multi_label_head(
  n_classes: int,
  weight_column: Any = None,
  thresholds: Any = None,
  label_vocabulary: Any = None,
  loss_reduction: str = _MEAN,
  loss_fn: Any = None,
  classes_for_class_based_metrics: Any = None,
  name: str | None = None,
) -> Any:
  """A head for several classes at once.

  Raises:
    ValueError: `classes_for_class_based_metrics` are given.
  """
  if classes_for_class_based_metrics is not None:
    raise ValueError(
      '`classes_for_class_based_metrics` '
      f'({classes_for_class_based_metrics}) must be None for heads of '
      'tf.contrib. tf.estimator.MultiLabelHead takes them.'
    )
  return v1_heads.multi_label_head(
    n_classes,
    weight_column,
    thresholds,
    label_vocabulary,
    loss_reduction,
    loss_fn,
    name,
  )


def _train_nothing(unused_loss: Any) -> Any:
  return tf.no_op()


class MultiHead(v1_protocol.V1Head):
  """A head of heads with the protocol of `tf.contrib.estimator`.

  These have losses, metrics and names of their own, and may be the public heads
  of `tf.estimator`, too.
  """

  def __init__(self, heads: Any, head_weights: Any = None):
    """As `multi_head`."""
    if head_weights and len(head_weights) != len(heads):
      raise ValueError(
        'heads and head_weights must have the same size. Given len(heads): '
        f'{len(heads)}. Given len(head_weights): {len(head_weights)}.'
      )
    if not heads:
      raise ValueError(f'Must specify heads. Given: {heads}')
    for head in heads:
      if not head.name:
        raise ValueError(
          f'All given heads must have name specified. Given: {head}'
        )
    self._heads, self._weights = (
      tuple(heads),
      head_weights or [1.0] * len(heads),
    )

  @property
  def name(self) -> str:
    return '_'.join(head.name for head in self._heads)

  @property
  def logits_dimension(self) -> int:
    return sum(head.logits_dimension for head in self._heads)

  def _merged(self, losses: Any) -> Any:
    with v1.name_scope('merge_losses'):
      return tf.add_n(
        [
          loss * weight
          for loss, weight in zip(losses, self._weights, strict=True)
        ]
      )

  def create_loss(
    self, features: Any, mode: str, logits: Any, labels: Any
  ) -> v1_protocol.LossSpec:
    split = multi_heads.split_logits(self._heads, logits)
    specs = {
      head.name: head.create_loss(
        features, mode, split[head.name], labels[head.name]
      )
      for head in self._heads
    }
    weighted = list(zip(specs, self._weights, strict=True))
    return v1_protocol.LossSpec(
      training_loss=self._merged([each[0] for each in specs.values()]),
      unreduced_loss={
        name: tf.multiply(specs[name][1], by) for name, by in weighted
      },
      weights={name: tf.multiply(specs[name][2], by) for name, by in weighted},
      processed_labels={name: spec[3] for name, spec in specs.items()},
    )

  def create_estimator_spec(
    self,
    features: Any,
    mode: str,
    logits: Any,
    labels: Any = None,
    optimizer: Any = None,
    train_op_fn: Any = None,
  ) -> Any:
    """Makes the spec of those of the heads.

    Predictions have keys (head's name, key).
    """
    if labels and not isinstance(labels, dict):
      raise ValueError(f'labels must be a dict. Given: {labels}')
    split = multi_heads.split_logits(self._heads, logits)
    specs = {
      head.name: head.create_estimator_spec(
        features=features,
        mode=mode,
        logits=split[head.name],
        labels=labels[head.name] if labels else None,
        train_op_fn=_train_nothing,
      )
      for head in self._heads
    }
    predictions = {
      (name, key): value
      for name, spec in specs.items()
      for key, value in spec.predictions.items()
    }
    if mode == modes.ModeKeys.PREDICT:
      return estimator_specs.EstimatorSpec(
        mode, predictions, export_outputs=_exports(specs)
      )
    metrics = {
      key: metric
      for spec in specs.values()
      for key, metric in (spec.eval_metric_ops or {}).items()
    }
    loss = self._merged([spec.loss for spec in specs.values()])
    if mode == modes.ModeKeys.EVAL:
      means = {
        f'loss/{name}': v1.metrics.mean(spec.loss)
        for name, spec in specs.items()
      }
      return estimator_specs.EstimatorSpec(
        mode, predictions, loss, eval_metric_ops=means | metrics
      )
    if (optimizer is None) == (train_op_fn is None):
      both = 'both be None' if optimizer is None else 'both be set'
      raise ValueError(f'train_op_fn and optimizer cannot {both}.')
    if train_op_fn is None:
      train_op = optimizer.minimize(loss, v1.train.get_global_step())
    else:
      train_op = train_op_fn(loss)
    with v1.name_scope(''):
      v1.summary.scalar('loss', loss)
    return estimator_specs.EstimatorSpec(mode, predictions, loss, train_op)


def _exports(specs: dict[str, Any]) -> dict[str, Any]:
  """The heads' signatures under their names; the first one's as default."""
  default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  first = next(iter(specs.values())).export_outputs
  only = next(iter(first.values()))
  merged = {default: only if len(first) == 1 else first[default]}
  predicted: dict[str, Any] = {}
  for name, spec in specs.items():
    for key, output in spec.export_outputs.items():
      merged[name if key == default else f'{name}/{key}'] = output
      if key == 'predict':
        predicted |= {f'{name}/{k}': v for k, v in output.outputs.items()}
  merged['predict'] = estimator_specs.PredictOutput(predicted)
  return merged


def multi_head(heads: Any, head_weights: Any = None) -> MultiHead:
  """A head of several heads.

  Args:
    heads: Heads with names.
    head_weights: Of their losses; 1 each if not given.

  Raises:
    ValueError: No heads, one without a name, or another number of weights.
  """
  return MultiHead(heads, head_weights)
