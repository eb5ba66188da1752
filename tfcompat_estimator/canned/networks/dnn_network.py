"""Builds a feed-forward network over dense feature columns."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned.networks import families, input_layer, network
from tfcompat_estimator.records import arguments, modes

v1 = tf.compat.v1

# Batch normalization's, of old: Keras' own default is 0.99.
MOMENTUM = 0.999
EPSILON = 1e-3


def build(
  family: families.Family,
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any = tf.nn.relu,
  dropout: float | None = None,
  batch_norm: bool = False,
  input_layer_partitioner: Callable[..., Any] | None = None,
) -> network.Network:
  """Makes the network: hidden layers, then a linear one of `units` outputs.

  Args:
    family: The API family.
    units: The size of the logits.
    hidden_units: The sizes of the hidden layers.
    feature_columns: Dense feature columns.
    activation_fn: What each hidden layer applies: a function, the name of a
      tf_keras activation, or None.
    dropout: The probability with which outputs of hidden layers are dropped in
      training, or None.
    batch_norm: Whether hidden layers are batch normalized, after dropout.
    input_layer_partitioner: Splits the variables of columns.

  Raises:
    ValueError: If a size is not positive or `dropout` is no probability.
    TypeError: If `hidden_units` cannot be iterated over.
  """
  sizes = _sizes(hidden_units)
  for size in sizes:
    if size <= 0:
      raise ValueError(
        'Received an invalid value for `units`, expected a positive integer. '
        f'hidden_units: {list(sizes)}.'
      )
  if isinstance(dropout, str) or not 0 <= (dropout or 0) <= 1:
    raise ValueError(
      f'Invalid value {dropout!r} received for `rate`, expected a value between '
      '0 and 1. It is the argument `dropout`.'
    )
  activation_fn = _activation(activation_fn)

  def call(features: Any, mode: str) -> network.Output:
    network.check_features(features)
    recorder = network.Recorder()
    training = mode == modes.ModeKeys.TRAIN
    prefix = _tag_prefix(family)
    update_ops: list[tf.Operation] = []
    with v1.variable_scope(
      v1.get_variable_scope(),
      auxiliary_name_scope=False,
      custom_getter=recorder.getter,
    ):
      with v1.variable_scope(
        'input_from_feature_columns', partitioner=input_layer_partitioner
      ):
        net = input_layer.build(
          family, features, feature_columns, training, recorder
        )
      for index, size in enumerate(sizes):
        name = f'hiddenlayer_{index}'
        net = _dense(net, name, size, activation_fn)
        if dropout is not None and training:
          with v1.name_scope('dropout'):
            net = tf.nn.dropout(net, rate=dropout, name='dropout')
        if batch_norm:
          with v1.variable_scope(f'{name}/batchnorm_{index}'):
            net, updates = _batch_normalize(net, training)
          update_ops.extend(updates)
        network.write_layer_summary(net, f'{prefix}{name}')
      logits = _dense(net, 'logits', units)
      network.write_layer_summary(logits, f'{prefix}logits')
    return network.Output(
      logits,
      recorder.trainable_variables(),
      tuple(update_ops),
      recorder.shared_variables(),
    )

  return call


def _sizes(hidden_units: Any) -> tuple[int, ...]:
  """The sizes of the layers.

  Raises:
    TypeError: They are no list.
  """
  is_text = isinstance(hidden_units, str | bytes)  # its digits are no sizes
  if hasattr(hidden_units, '__iter__') and not is_text:
    # Cut as the reference cuts them, by int().
    return tuple(
      arguments.size('hidden_units', each, truncates=True)
      for each in hidden_units
    )
  example = [hidden_units] if isinstance(hidden_units, int) else [64, 32]
  raise TypeError(
    f'`hidden_units` ({hidden_units!r}) must be a list of the sizes of the '
    f'hidden layers, and {type(hidden_units).__name__!r} object is not iterable: '
    f'give {example}.'
  )


def _activation(activation_fn: Any) -> Any:
  try:
    return tf_keras.activations.get(activation_fn)
  except (TypeError, ValueError) as error:
    raise type(error)(
      f'`activation_fn` ({activation_fn!r}) must be a function such as '
      f'tf.nn.relu, or the name of one: {error}'
    ) from None


def _tag_prefix(family: families.Family) -> str:
  if not family.dnn_tags_have_scope:
    return ''
  return f'{v1.get_variable_scope().name or "dnn"}/'


def _dense(
  net: tf.Tensor, name: str, size: int, activation_fn: Any = None
) -> tf.Tensor:
  """A fully connected layer."""
  with v1.variable_scope(name):
    kernel = v1.get_variable(
      'kernel',
      [tf.compat.dimension_value(net.shape[-1]), size],
      initializer=v1.glorot_uniform_initializer(),
      use_resource=True,
    )
    bias = v1.get_variable(
      'bias', [size], initializer=v1.zeros_initializer(), use_resource=True
    )
    net = tf.nn.bias_add(tf.matmul(net, kernel), bias)
    return net if activation_fn is None else activation_fn(net)


def _batch_normalize(
  net: tf.Tensor, training: bool
) -> tuple[tf.Tensor, list[tf.Operation]]:
  """Normalizes over the batch in training, by moving averages otherwise.

  Its variables get the current variable scope, and have it to themselves.
  """
  size = [tf.compat.dimension_value(net.shape[-1])]
  gamma = v1.get_variable(
    'gamma', size, initializer=v1.ones_initializer(), use_resource=True
  )
  beta = v1.get_variable(
    'beta', size, initializer=v1.zeros_initializer(), use_resource=True
  )
  # Moving averages are never partitioned.
  v1.get_variable_scope().set_partitioner(None)
  moving_mean = _moving('moving_mean', size, v1.zeros_initializer())
  moving_variance = _moving('moving_variance', size, v1.ones_initializer())
  if not training:
    normalized = tf.nn.batch_normalization(
      net, moving_mean, moving_variance, beta, gamma, EPSILON
    )
    return normalized, []
  mean, variance = tf.nn.moments(net, axes=[0])
  normalized = tf.nn.batch_normalization(
    net, mean, variance, beta, gamma, EPSILON
  )
  updates = []
  for variable, value in ((moving_mean, mean), (moving_variance, variance)):
    with v1.name_scope('AssignMovingAvg'):
      change = (variable - value) * (1 - MOMENTUM)
      updates.append(variable.assign_sub(change, read_value=False))
  for update in updates:
    v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
  return normalized, updates


def _moving(name: str, shape: list[int], initializer: Any) -> tf.Variable:
  """A moving average; each replica of a strategy updates its own."""
  return v1.get_variable(
    name,
    shape,
    initializer=initializer,
    trainable=False,
    use_resource=True,
    synchronization=tf.VariableSynchronization.ON_READ,
    aggregation=tf.VariableAggregation.MEAN,
  )
