"""Makes logit functions, networks for programs with a model_fn of their own."""

import numbers
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.networks import (
  dnn_network,
  families,
  linear_network,
)
from tfcompat_estimator.records import arguments


def dnn_logit_fn_builder(
  units,
  hidden_units,
  feature_columns,
  activation_fn,
  dropout,
  input_layer_partitioner,
  batch_norm,
):
  """Makes a function that builds a feed-forward network.

  Variables are made in the current variable scope. The updates of batch
  normalization go to the collection `UPDATE_OPS`.

      logit_fn = tf.compat.v1.estimator.experimental.dnn_logit_fn_builder(
        units=3, hidden_units=[64, 32], feature_columns=columns,
        activation_fn=tf.nn.relu, dropout=None, input_layer_partitioner=None,
        batch_norm=False)
      with tf.compat.v1.variable_scope('dnn'):
        logits = logit_fn(features=features, mode=mode)

  Args:
    units: The size of the logits, an integer.
    hidden_units: The sizes of the hidden layers, positive integers.
    feature_columns: An iterable of dense feature columns.
    activation_fn: What hidden layers apply: a function, the name of an
      activation of tf_keras, or None.
    dropout: The probability with which outputs of hidden layers are dropped in
      training, or None.
    input_layer_partitioner: A partitioner of `tf.compat.v1` for the variables
      of columns, or None.
    batch_norm: Whether to normalize the outputs of hidden layers over the
      batch.

  Returns:
    A function of `features`, a dict of names to `Tensor`s, and `mode`, a
    `ModeKeys` value, that returns a float `Tensor` `[batch_size, units]`.

  Raises:
    ValueError: If `units` is no integer, a size is not positive or `dropout` is
      no probability.
  """
  if not isinstance(units, numbers.Integral):
    raise ValueError(f'units must be an int. Given type: {type(units)}')
  build = dnn_network.build(
    families.V1,
    int(units),
    hidden_units,
    feature_columns,
    activation_fn=activation_fn,
    dropout=dropout,
    batch_norm=batch_norm,
    input_layer_partitioner=input_layer_partitioner,
  )

  def dnn_logit_fn(features: Any, mode: str) -> tf.Tensor:
    """Builds the network."""
    return build(features, mode).logits

  return dnn_logit_fn


def linear_logit_fn_builder(units, feature_columns, sparse_combiner='sum'):
  """Makes a function that builds a linear model.

  Variables are made in the current variable scope.

  Args:
    units: The size of the logits, an integer.
    feature_columns: An iterable of feature columns.
    sparse_combiner: What becomes of several ids of an example in a column:
      'sum', 'mean' or 'sqrtn'. Default: 'sum'.

  Returns:
    A function of `features`, a dict of names to `Tensor`s, that returns a float
    `Tensor` `[batch_size, units]`.
  """
  build = linear_network.build(
    families.V1, units, feature_columns, sparse_combiner
  )

  def linear_logit_fn(features: Any) -> tf.Tensor:
    """Builds the model, the same in every mode."""
    return build(features, '').logits

  return linear_logit_fn


def call_logit_fn(logit_fn, features, mode, params, config):
  """Calls a logit function with those arguments that it takes.

  Args:
    logit_fn: A function of `features` and any of `mode`, `params` and `config`,
      by name.
    features: Dict of names to `Tensor`s.
    mode: A `ModeKeys` value.
    params: Hyperparameters.
    config: A `RunConfig`.

  Returns:
    What it returns: a `Tensor`, or a dict of names to `Tensor`s.

  Raises:
    ValueError: If it returns something else.
  """
  available: dict[str, Any] = {'mode': mode, 'params': params, 'config': config}
  logits = logit_fn(features=features, **arguments.pick(logit_fn, available))
  values = logits.values() if isinstance(logits, dict) else [logits]
  if not all(tf.is_tensor(value) for value in values):
    raise ValueError(
      'logit_fn should return a Tensor or a dictionary mapping strings to '
      f'Tensors. logit_fn returned: {logits}'
    )
  return logits
