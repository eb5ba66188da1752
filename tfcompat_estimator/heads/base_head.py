"""Declares the interface of heads and builds an EstimatorSpec from it."""

import abc
import functools
from typing import Any

import tensorflow as tf

from tfcompat_estimator.heads import losses
from tfcompat_estimator.optimizers import train_ops
from tfcompat_estimator.records import (
  estimator_specs,
  modes,
  tpu_estimator_spec,
)

v1 = tf.compat.v1

_DEFAULT_SIGNATURE = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY


class Head(abc.ABC):
  """The top of a model: what becomes of its logits.

  A subclass says how labels and logits make a loss, predictions and metrics;
  `create_estimator_spec` makes of them what a `model_fn` must return:

      def model_fn(features, labels, mode, params):
        head = tf.estimator.BinaryClassHead()
        logits = tf_keras.layers.Dense(head.logits_dimension)(features['x'])
        return head.create_estimator_spec(
          features, mode, logits, labels=labels, train_op_fn=...)
  """

  @property
  @abc.abstractmethod
  def name(self):
    """The name of this head: a scope, and the suffix of metric names.

    A string, or None.
    """

  @property
  @abc.abstractmethod
  def logits_dimension(self):
    """The size of the last axis of the logits, an integer.

    The logits have the shape `[D0, D1, ... DN, logits_dimension]`.
    """

  @property
  @abc.abstractmethod
  def loss_reduction(self):
    """How the losses of examples become one: a `tf.losses.Reduction`."""

  @abc.abstractmethod
  def loss(
    self,
    labels,
    logits,
    features=None,
    mode=None,
    regularization_losses=None,
  ):
    """Returns the loss of a batch, a float scalar `Tensor`.

    Args:
      labels: A `Tensor` or `SparseTensor` of shape `[D0, ..., DN, 1]` or
        `[D0, ..., DN, K]`, see the class for its type and for K; of a
        `MultiHead` a dict of heads' names to them.
      logits: The model's logits, a float `Tensor` of shape
        `[D0, ..., DN, logits_dimension]`; of a `MultiHead` also a dict of heads'
        names to them.
      features: Dict of names to `Tensor`s; the weights of examples are read
        from it. Default: None, if the head has no weights.
      mode: A `ModeKeys` value; the loss is the same in all of them.
      regularization_losses: A list of float scalars to add to the loss.
        Default: None.

    Raises:
      ValueError: If labels, logits or weights are of a shape, type or range
        that does not fit the head.
    """

  @abc.abstractmethod
  def predictions(self, logits, keys=None):
    """Returns a dict of prediction keys to `Tensor`s.

    Args:
      logits: The model's logits, as in `loss`.
      keys: A list or tuple of the keys that are wanted, `PredictionKeys`; of a
        `MultiHead`, pairs of a head's name and such a key. Default: None, all.

    Returns:
      Of each key a `Tensor` of shape `[D0, ..., DN, K]`.

    Raises:
      ValueError: If one of `keys` is no prediction of this head, or the last
        axis of the logits is not `logits_dimension`.
    """

  @abc.abstractmethod
  def metrics(self, regularization_losses=None):
    """Returns a dict of metric names to new Keras metrics.

    Args:
      regularization_losses: A list of float scalars, or None. Their mean is one
        metric more, if there are any.

    Returns:
      A dict of names to `tf_keras.metrics.Metric`s.
    """

  @abc.abstractmethod
  def update_metrics(
    self,
    eval_metrics,
    features,
    logits,
    labels,
    mode=None,
    regularization_losses=None,
  ):
    """Updates metrics with a batch.

    Args:
      eval_metrics: What `metrics` returned.
      features: Dict of names to `Tensor`s; weights of examples are in it.
      logits: The model's logits, as in `loss`.
      labels: The labels, as in `loss`.
      mode: A `ModeKeys` value.
      regularization_losses: The list of float scalars that `metrics` was given,
        or None.

    Returns:
      `eval_metrics`.

    Raises:
      ValueError: As from `loss`.
    """

  def create_estimator_spec(
    self,
    features,
    mode,
    logits,
    labels=None,
    optimizer=None,
    trainable_variables=None,
    train_op_fn=None,
    update_ops=None,
    regularization_losses=None,
  ):
    """Returns the `EstimatorSpec` that a `model_fn` returns.

    Args:
      features: Dict of names to `Tensor`s; weights of examples are in it.
      mode: A `ModeKeys` value.
      logits: The model's logits, a float `Tensor` of shape
        `[D0, ..., DN, logits_dimension]`.
      labels: The labels; needed in `TRAIN` and `EVAL`.
      optimizer: For `TRAIN`: an optimizer of tf_keras, old or new style, or of
        Keras 3, which minimizes the loss.
      trainable_variables: A list or tuple of the variables for `optimizer`.
      train_op_fn: For `TRAIN`, instead of `optimizer`: takes the loss and
        returns the train op.
      update_ops: A list or tuple of operations to run along with the train op,
        such as batch normalization's.
      regularization_losses: A list or tuple of float scalars to add to the
        loss. They should be averages over the batch, as the loss is.

    Raises:
      ValueError: If in `TRAIN` not exactly one of `optimizer` and
        `train_op_fn` is given, if `trainable_variables` is missing, or if
        labels or logits do not fit the head.
    """
    return self._create_tpu_estimator_spec(
      features,
      mode,
      logits,
      labels=labels,
      optimizer=optimizer,
      trainable_variables=trainable_variables,
      train_op_fn=train_op_fn,
      update_ops=update_ops,
      regularization_losses=regularization_losses,
    ).as_estimator_spec()

  def _create_tpu_estimator_spec(
    self,
    features: Any,
    mode: str,
    logits: Any,
    labels: Any = None,
    optimizer: Any = None,
    trainable_variables: Any = None,
    train_op_fn: Any = None,
    update_ops: Any = None,
    regularization_losses: Any = None,
  ) -> tpu_estimator_spec.TPUEstimatorSpec:
    """Makes the spec, its metrics still a function: subclasses override it."""
    make = tpu_estimator_spec.TPUEstimatorSpec
    with v1.name_scope(self.name, self._default_scope):
      predictions = self.predictions(logits)
      if mode == modes.ModeKeys.PREDICT:
        return make(
          mode=mode,
          predictions=predictions,
          export_outputs=self._export_outputs(predictions),
        )
      loss = self.loss(
        labels=labels,
        logits=logits,
        features=features,
        mode=mode,
        regularization_losses=regularization_losses,
      )
      if mode == modes.ModeKeys.EVAL:
        metrics = self.metrics(regularization_losses=regularization_losses)
    if mode == modes.ModeKeys.EVAL:
      update = functools.partial(
        self.update_metrics,
        metrics,
        features=features,
        logits=logits,
        labels=labels,
        regularization_losses=regularization_losses,
      )
      return make(
        mode=mode,
        predictions=predictions,
        loss=loss,
        eval_metrics=(update, []),
      )
    train_op = train_ops.make(
      loss,
      self.loss_reduction,
      optimizer=optimizer,
      trainable_variables=trainable_variables,
      train_op_fn=train_op_fn,
      update_ops=update_ops,
    )
    losses.write_losses(loss, regularization_losses, self._summary_key)
    return make(
      mode=mode, predictions=predictions, loss=loss, train_op=train_op
    )

  _default_scope = 'head'

  def _summary_key(self, key: str) -> str:
    """The name of a metric or summary, with that of the head."""
    return f'{key}/{self.name}' if self.name else key

  def _export_outputs(self, predictions: dict[Any, Any]) -> dict[str, Any]:
    """The signatures for serving: by default one, of all predictions."""
    return {_DEFAULT_SIGNATURE: estimator_specs.PredictOutput(predictions)}
