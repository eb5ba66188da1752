"""Heads of `tf.contrib.learn`: losses, predictions and metrics of logits.

Losses are means over the batch, and names of metrics those of 1.15.
"""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import learn_config
from tfcompat_estimator.migration.tf1.learn_estimators import model_fn_ops

v1 = tf.compat.v1
_Keys = model_fn_ops.PredictionKey
_Metrics = model_fn_ops.MetricKey
_Types = model_fn_ops.ProblemType


class Head:
  """What makes ModelFnOps of logits.

  Attributes:
    logits_dimension: How many logits it needs of an example.
  """

  problem_type = _Types.UNSPECIFIED
  scope_name = 'head'

  def __init__(
    self,
    logits_dimension: int,
    label_name: str | None = None,
    weight_column_name: str | None = None,
    enable_centered_bias: bool = False,
    head_name: str | None = None,
    loss_fn: Callable[..., Any] | None = None,
  ):
    """Makes it.

    Args:
      logits_dimension: How many logits it needs of an example.
      label_name: Of the labels, where they are a dict.
      weight_column_name: Of the feature that has weights of examples.
      enable_centered_bias: Whether a bias is trained besides.
      head_name: Is put behind names of metrics.
      loss_fn: Of labels and logits, in place of its own; gives a loss for each
        example.
    """
    if logits_dimension < 1:
      raise ValueError(f'Invalid logits_dimension {logits_dimension}.')
    self.logits_dimension = logits_dimension
    self.label_name = label_name
    self.weight_column_name = weight_column_name
    self.head_name = head_name
    self._has_bias = enable_centered_bias
    self._loss_fn = loss_fn

  def create_model_fn_ops(
    self,
    features: Mapping[str, Any],
    mode: str,
    labels: Any = None,
    train_op_fn: Callable[[Any], Any] | None = None,
    logits: Any = None,
    logits_input: Any = None,
    scope: Any = None,
  ) -> model_fn_ops.ModelFnOps:
    """The ops of a model with these logits.

    Args:
      features: Of the model: weights are read of them.
      mode: Of `ModeKeys`.
      labels: None to predict.
      train_op_fn: Of a loss; gives the op of a step.
      logits: (batch, logits_dimension).
      logits_input: In place of `logits`: what a layer makes them of.
      scope: Of variables.

    Raises:
      ValueError: Both or none of logits and their input are given; or what the
        mode needs is missing.
    """
    if (logits is None) == (logits_input is None):
      raise ValueError('Give one of `logits` and `logits_input`.')
    with v1.variable_scope(scope, self.head_name or self.scope_name):
      if logits is None:
        with v1.variable_scope('logits'):
          logits = linear(logits_input, self.logits_dimension)
      bias = None
      if self._has_bias:
        # No part of the scope's partitions, if servers make some.
        bias = v1.Variable(
          tf.zeros([self.logits_dimension]), name='centered_bias_weight'
        )
        logits = tf.nn.bias_add(logits, bias)
      predictions = self._predictions(logits)
      loss = train_op = metrics = None
      if mode != learn_config.ModeKeys.INFER and labels is not None:
        labels = self._labels(labels)
        weights = self._weights(features)
        loss, average = self._loss(labels, logits, weights)
        with tf.name_scope(''):
          v1.summary.scalar(self._key(_Metrics.LOSS), average)
        if mode == learn_config.ModeKeys.EVAL:
          loss = average  # its mean is the metric
        if mode == learn_config.ModeKeys.TRAIN:
          if train_op_fn is None:
            raise ValueError('train_op_fn can not be None in TRAIN mode')
          # Variables of optimizers that belong to no other are called by this.
          with v1.name_scope(None, 'train_op'):
            train_op = train_op_fn(loss)
            if bias is not None:
              train_op = tf.group(
                train_op, self._bias_step(bias, labels, logits, weights)
              )
        metrics = {
          self._key(name): value
          for name, value in self._metrics(
            average, predictions, labels, weights
          ).items()
        }
      return model_fn_ops.ModelFnOps(
        mode,
        predictions,
        loss,
        train_op,
        metrics,
        {self.head_name: (self.problem_type, self._exported(predictions))},
      )

  def _key(self, name: str) -> str:
    return f'{name}/{self.head_name}' if self.head_name else name

  def _labels(self, labels: Any) -> Any:
    if isinstance(labels, dict):
      labels = labels[self.label_name]
    if isinstance(labels, tf.SparseTensor):
      raise ValueError(f'`labels` ({labels}) must be dense.')
    return tf.convert_to_tensor(labels)

  def _weights(self, features: Mapping[str, Any]) -> Any:
    if not self.weight_column_name:
      return None
    if self.weight_column_name not in features:
      raise ValueError(
        f'Weights {self.weight_column_name} missing from features.'
      )
    weights = tf.cast(features[self.weight_column_name], tf.float32)
    return tf.reshape(weights, [-1, 1]) if weights.shape.rank == 1 else weights

  def _loss(self, labels: Any, logits: Any, weights: Any) -> tuple[Any, Any]:
    """The mean over the batch, and that over weights."""
    each = (self._loss_fn or self._losses)(labels, logits)
    if weights is None:
      loss = tf.reduce_mean(each)
      return loss, loss
    weights = tf.broadcast_to(weights, tf.shape(each))
    weighted = each * weights
    return (
      tf.reduce_mean(weighted),
      tf.reduce_sum(weighted) / tf.reduce_sum(weights),
    )

  def _bias_step(
    self, bias: Any, labels: Any, logits: Any, weights: Any
  ) -> Any:
    alone = tf.tile(bias[tf.newaxis], [tf.shape(logits)[0], 1])
    loss = self._loss(labels, alone, weights)[0]
    return v1.train.AdagradOptimizer(0.1).minimize(loss, var_list=[bias])

  def _losses(self, labels: Any, logits: Any) -> tf.Tensor:
    raise NotImplementedError

  def _predictions(self, logits: Any) -> dict[str, Any]:
    raise NotImplementedError

  def _metrics(
    self, loss: Any, predictions: Any, labels: Any, weights: Any
  ) -> dict[str, Any]:
    return {_Metrics.LOSS: v1.metrics.mean(loss)}

  def _exported(self, predictions: dict[str, Any]) -> dict[str, Any]:
    return predictions


def linear(
  inputs: Any, units: int, activation: Any = None, collections: Any = ()
) -> tf.Tensor:
  """A dense layer with the variables of `tf.contrib.layers`, in this scope."""
  keys = [
    v1.GraphKeys.GLOBAL_VARIABLES,
    v1.GraphKeys.MODEL_VARIABLES,
    *collections,
  ]
  weights = v1.get_variable(
    'weights',
    [inputs.shape[-1], units],
    initializer=v1.glorot_uniform_initializer(),
    collections=keys,
  )
  biases = v1.get_variable(
    'biases', [units], initializer=v1.zeros_initializer(), collections=keys
  )
  outputs = tf.nn.bias_add(tf.matmul(inputs, weights), biases)
  return activation(outputs) if activation else outputs
