"""Gives a task the protocol of the heads under `tf.compat.v1` estimators.

What differs from the public heads: the loss is a sum by default, by the
reductions of `tf.compat.v1.losses`; the mean loss of an example is then a
summary of its own; metrics are `tf.compat.v1.metrics`; scopes are others; the
optimizer is one of `tf.compat.v1.train`, and takes the updates of the
`UPDATE_OPS` collection along.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.heads import losses, shapes, tasks, v1_metrics
from tfcompat_estimator.optimizers import train_ops
from tfcompat_estimator.records import (
  estimator_specs,
  modes,
  tpu_estimator_spec,
)

v1 = tf.compat.v1

SUM = v1.losses.Reduction.SUM
_LAST_METRIC_ARGUMENTS = ('weights', 'unreduced_loss', 'regularization_loss')


class LossSpec(NamedTuple):
  """What `create_loss` returns.

  Attributes:
    training_loss: The reduced loss, a scalar; with `Reduction.NONE` the weighted
      losses of the examples.
    unreduced_loss: The losses of the examples, unweighted.
    weights: Their weights, which broadcast to the losses.
    processed_labels: The labels as losses and metrics take them.
  """

  training_loss: tf.Tensor
  unreduced_loss: tf.Tensor
  weights: Any
  processed_labels: tf.Tensor


class V1Head:
  """The interface of v1 heads, which users' own ones derive from.

  A subclass has `name`, `logits_dimension` and `create_loss`, and makes the spec
  in `_create_tpu_estimator_spec` or, all by itself, in `create_estimator_spec`.
  """

  @property
  def name(self) -> str | None:
    """The name of this head: a scope, and the suffix of metric names."""
    raise NotImplementedError('A head must have `name`.')

  @property
  def logits_dimension(self) -> int:
    """The size of the last axis of the logits."""
    raise NotImplementedError('A head must have `logits_dimension`.')

  def create_loss(
    self, features: Any, mode: str, logits: tf.Tensor, labels: Any
  ) -> LossSpec:
    """Makes the loss of a batch.

    Args:
      features: Dict of names to `Tensor`s; weights of examples are in it.
      mode: A `ModeKeys` value.
      logits: Of shape `[D0, ..., DN, logits_dimension]`.
      labels: The labels.

    Raises:
      ValueError: If the labels do not fit the head.
    """
    raise NotImplementedError('A head must have `create_loss`.')

  def _create_tpu_estimator_spec(
    self,
    features: Any,
    mode: str,
    logits: tf.Tensor,
    labels: Any = None,
    optimizer: Any = None,
    train_op_fn: Callable[[tf.Tensor], Any] | None = None,
    regularization_losses: Sequence[tf.Tensor] | None = None,
  ) -> tpu_estimator_spec.TPUEstimatorSpec:
    """Makes the spec, its metrics still a function: to be overridden.

    The arguments are those of `create_estimator_spec`.
    """
    raise NotImplementedError(
      f'TPUEstimatorSpec not available for this head ({type(self).__name__}).'
    )

  def create_estimator_spec(
    self,
    features: Any,
    mode: str,
    logits: tf.Tensor,
    labels: Any = None,
    optimizer: Any = None,
    train_op_fn: Callable[[tf.Tensor], Any] | None = None,
    regularization_losses: Sequence[tf.Tensor] | None = None,
  ) -> estimator_specs.EstimatorSpec:
    """Makes the `EstimatorSpec` of a model function.

    Args:
      features: Dict of names to `Tensor`s; weights of examples are in it.
      mode: A `ModeKeys` value.
      logits: Of shape `[D0, ..., DN, logits_dimension]`.
      labels: The labels; needed in `TRAIN` and `EVAL`.
      optimizer: For `TRAIN`: a `tf.compat.v1.train.Optimizer`, which minimizes
        the loss and advances the global step.
      train_op_fn: For `TRAIN`, instead of `optimizer`: takes the loss and
        returns the train op.
      regularization_losses: Scalars to add to the loss.

    Raises:
      ValueError: If in `TRAIN` not exactly one of `optimizer` and
        `train_op_fn` is given, or if labels or logits do not fit the head.
      NotImplementedError: If a subclass of `_Head` does not make specs.
    """
    made_here = V1Head._create_tpu_estimator_spec
    if type(self)._create_tpu_estimator_spec is made_here:  # noqa: SLF001
      raise NotImplementedError(
        'Subclasses of _Head must implement `create_estimator_spec()` or '
        f'_create_tpu_estimator_spec(). Given: {type(self).__name__}.'
      )
    return self._create_tpu_estimator_spec(
      features,
      mode,
      logits,
      labels=labels,
      optimizer=optimizer,
      train_op_fn=train_op_fn,
      regularization_losses=regularization_losses,
    ).as_estimator_spec()


class TaskHead(V1Head):
  """The head of a v1 canned estimator: one task in the v1 protocol.

  What the task is made of is there under the names that it had in the reference:
  `_weight_column`, `_label_vocabulary`, `_thresholds`, `_loss_fn` and so on.
  """

  def __init__(
    self, task: tasks.Task, loss_reduction: str, name: str | None
  ) -> None:
    """Makes the head.

    Args:
      task: What it predicts.
      loss_reduction: A `tf.compat.v1.losses.Reduction`. With `NONE` the loss is
        no scalar, which only a subclass that reduces it itself can use.
      name: The head's name, or None.
    """
    self._task = task
    self._loss_reduction = loss_reduction
    self._name = name
    tasks.expose(task, self)

  @property
  def task(self) -> tasks.Task:
    """What the head predicts."""
    return self._task

  @property
  def name(self) -> str | None:
    """The name of this head: a scope, and the suffix of metric names."""
    return self._name

  @property
  def logits_dimension(self) -> int:
    """The size of the last axis of the logits."""
    return self._task.logits_dimension

  def create_loss(
    self, features: Any, mode: str, logits: tf.Tensor, labels: Any
  ) -> LossSpec:
    """Makes the loss of a batch. See `V1Head.create_loss`."""
    del mode  # The loss is the same in all of them.
    logits = tf.convert_to_tensor(logits)
    labels = self._task.process_labels(labels, logits)
    unreduced_loss, weights = self._task.loss_and_weights(
      labels, logits, features, self._loss_reduction
    )
    training_loss = v1.losses.compute_weighted_loss(
      unreduced_loss, weights=weights, reduction=self._loss_reduction
    )
    return LossSpec(training_loss, unreduced_loss, weights, labels)

  def _create_tpu_estimator_spec(
    self,
    features: Any,
    mode: str,
    logits: tf.Tensor,
    labels: Any = None,
    optimizer: Any = None,
    train_op_fn: Callable[[tf.Tensor], Any] | None = None,
    regularization_losses: Sequence[tf.Tensor] | None = None,
  ) -> tpu_estimator_spec.TPUEstimatorSpec:
    """See `V1Head`."""
    with v1.name_scope(self._name, 'head'):
      logits = shapes.check_last_axis(logits, self.logits_dimension)
      predictions = self._predictions(logits)
      if mode == modes.ModeKeys.PREDICT:
        return tpu_estimator_spec.TPUEstimatorSpec(
          mode=mode,
          predictions=predictions,
          export_outputs=self._task.export_outputs(predictions),
        )
      loss_spec = LossSpec(
        *self.create_loss(
          features=features, mode=mode, logits=logits, labels=labels
        )
      )
      loss, regularization_loss = _regularize(
        loss_spec.training_loss, regularization_losses
      )
      if mode == modes.ModeKeys.TRAIN:
        train_op = train_ops.make_v1(loss, optimizer, train_op_fn)
        mean_loss = self._mean_loss(loss_spec)
    if mode == modes.ModeKeys.EVAL:
      values = self._task.metric_values(
        loss_spec.processed_labels, logits, predictions
      )
      return tpu_estimator_spec.TPUEstimatorSpec(
        mode=mode,
        predictions=predictions,
        loss=loss,
        eval_metrics=tpu_estimator_spec.create_eval_metrics_tuple(
          self._eval_metric_ops,
          {
            **values,
            'weights': loss_spec.weights,
            'unreduced_loss': loss_spec.unreduced_loss,
            'regularization_loss': regularization_loss,
          },
        ),
      )
    losses.write_losses(
      loss,
      regularization_losses,
      self._full_key,
      mean_loss=mean_loss,
      regularization_loss=regularization_loss,
    )
    return tpu_estimator_spec.TPUEstimatorSpec(
      mode=mode, predictions=predictions, loss=loss, train_op=train_op
    )

  def _full_key(self, key: str) -> str:
    return f'{key}/{self._name}' if self._name else key

  def _predictions(self, logits: tf.Tensor) -> dict[str, tf.Tensor]:
    scope = (
      v1.name_scope(None, 'predictions')
      if self._task.v1_scoped
      else contextlib.nullcontext()
    )
    with scope:
      made = self._task.predict(logits, self._task.v1_build_order)
    return {key: made[key] for key in self._task.prediction_order}

  def _mean_loss(self, loss_spec: LossSpec) -> tf.Tensor | None:
    """The mean loss of an example, where the loss is a sum."""
    if self._loss_reduction != SUM:
      return None
    ones = tf.ones_like(loss_spec.unreduced_loss)
    return loss_spec.training_loss / tf.reduce_sum(loss_spec.weights * ones)

  def _eval_metric_ops(
    self, *given: Any, **values: Any
  ) -> dict[str, v1_metrics.Pair]:
    """The metrics of an evaluation, of what the task's definitions name.

    Heads that derive from this one give it by name, or in the reference's order.
    """
    names = (*self._task.v1_metric_arguments, *_LAST_METRIC_ARGUMENTS)
    values.update(zip(names, given, strict=False))
    regularized = values['regularization_loss'] is not None
    return v1_metrics.make(
      self._task.metric_defs(regularized),
      self._full_key,
      values,
      self._task.v1_scoped,
    )


def _regularize(
  loss: tf.Tensor, regularization_losses: Sequence[tf.Tensor] | None
) -> tuple[tf.Tensor, tf.Tensor | None]:
  """The regularized loss, and what was added to it."""
  if not regularization_losses:
    return loss, None
  regularization_loss = tf.add_n(regularization_losses)
  return tf.add_n([loss, regularization_loss]), regularization_loss
