"""Rebuilds the Keras models of which old canned Estimators were made.

Programs construct them directly, and call them with a dict of features in a
model function of their own. The names of their variables and layers are those
that they had, so that checkpoints go on. Old paths serve them all; Keras makes
the models' own names of the classes' names, underscores included.
"""

from typing import Any

import tensorflow as tf
import tf_keras
from tf_keras.api._v1 import keras as keras_v1

from tfcompat_estimator.canned.networks import (
  column_variables,
  linear_network,
  network,
)
from tfcompat_estimator.records import modes

v1 = tf.compat.v1

# Those of TF 1, which make variables by get_variable.
_layers_v1 = keras_v1.__internal__.legacy.layers

# The momentum of batch normalization in canned Estimators.
_MOMENTUM = 0.999
_INPUT_SCOPE = 'input_from_feature_columns'


class _LinearModelLayer(tf_keras.layers.Layer):
  """A weight for each number or id of feature columns, and a bias.

  Variables are made by `tf.compat.v1.get_variable` at the first call, in the
  variable scope of that call and one of the layer's name.

  Attributes:
    bias: The bias, a variable; None before the first call.
  """

  def __init__(
    self,
    feature_columns,
    units=1,
    sparse_combiner='sum',
    trainable=True,
    name=None,
    **kwargs,
  ):
    super().__init__(name=name, trainable=trainable, **kwargs)
    self._feature_columns = column_variables.normalize(feature_columns)
    self._units = units
    self._sparse_combiner = sparse_combiner
    self._state = column_variables.State()
    self.bias: Any = None

  def build(self, _) -> None:
    recorder = network.Recorder()
    with v1.variable_scope(
      self.name, auxiliary_name_scope=False, custom_getter=recorder.getter
    ):
      for column in self._feature_columns:
        linear_network.weights_of(column, self._units, self._state)
      bias = linear_network.zeros('bias_weights', [self._units])
    # tf_keras (2.16 to 2.21) tracks the variables of a list; it knows no
    # partitioned ones.
    self._parts = list(recorder.trainable_variables())
    self.bias = bias
    super().build(None)

  def call(self, features) -> tf.Tensor:
    _check_dict(features)
    sums = linear_network.Sums(features, self._state, self._sparse_combiner)
    total = tf.add_n(
      [
        sums.of(column, self._state.get_variable(column, 'weights'))
        for column in self._feature_columns
      ],
      name='weighted_sum_no_bias',
    )
    return tf.nn.bias_add(total, self.bias, name='weighted_sum')

  def get_config(self) -> dict[str, Any]:
    return {
      **super().get_config(),
      'feature_columns': _configs(self._feature_columns),
      'units': self._units,
      'sparse_combiner': self._sparse_combiner,
    }

  @classmethod
  def from_config(cls, config, custom_objects=None) -> Any:
    columns = _columns(config['feature_columns'], custom_objects)
    return cls(**{**config, 'feature_columns': columns})


class LinearModel(tf_keras.Model):
  """A linear model over feature columns of any kind, all weights 0 at first.

      model = LinearModel(columns, units=3)
      logits = model(features)  # float [batch_size, 3]

  Attributes:
    layer: The layer that has the variables.
    bias: The bias, a variable; None before the first call.
  """

  def __init__(
    self,
    feature_columns,
    units=1,
    sparse_combiner='sum',
    trainable=True,
    name=None,
    **kwargs,
  ):
    super().__init__(name=name, **kwargs)
    self.layer = _LinearModelLayer(
      feature_columns, units, sparse_combiner, trainable, name=self.name
    )

  def call(self, features):
    return self.layer(features)

  @property
  def bias(self):
    return self.layer.bias


class _DeepModel(tf_keras.Model):
  """What follows the input layer is alike in both deep models."""

  _hidden_layers: list[Any]
  _dropouts: list[Any]
  _norms: list[Any]
  _logits_layer: Any

  def _forward(self, net: tf.Tensor, mode: str) -> tf.Tensor:
    training = mode == modes.ModeKeys.TRAIN
    for index, layer in enumerate(self._hidden_layers):
      net = layer(net)
      for others in (self._dropouts, self._norms):
        if others:
          net = others[index](net, training=training)
      network.write_layer_summary(net, f'hiddenlayer_{index}')
    logits = self._logits_layer(net)
    network.write_layer_summary(logits, 'logits')
    return logits


class _DNNModelV2(_DeepModel):
  """A feed-forward network of layers of Keras.

  `model(features, mode)` gives the logits, float `[batch_size, units]`, and
  writes summaries of each layer; the updates of batch normalization are
  `model.updates`.
  """

  def __init__(
    self,
    units,
    hidden_units,
    feature_columns,
    activation_fn,
    dropout,
    batch_norm,
    name=None,
    **kwargs,
  ):
    super().__init__(name=name, **kwargs)
    self._input_layer = tf_keras.layers.DenseFeatures(
      feature_columns, name=f'{_scoped(_INPUT_SCOPE)}/input_layer'
    )
    self._hidden_layers, self._dropouts, self._norms = [], [], []
    for index, size in enumerate(hidden_units):
      name = _scoped(f'hiddenlayer_{index}')
      self._hidden_layers.append(_dense(size, activation_fn, name))
      if dropout is not None:
        self._dropouts.append(tf_keras.layers.Dropout(dropout))
      if batch_norm:
        self._norms.append(
          tf_keras.layers.BatchNormalization(
            momentum=_MOMENTUM, name=f'{name}/batchnorm_{index}'
          )
        )
    self._logits_layer = _dense(units, None, _scoped('logits'))

  def call(self, features, mode) -> tf.Tensor:
    _check_dict(features)
    return self._forward(self._input_layer(features), mode)


def _dense(units: int, activation_fn: Any, name: str) -> Any:
  return tf_keras.layers.Dense(
    units,
    activation_fn,
    kernel_initializer=v1.glorot_uniform_initializer(),
    name=name,
  )


class _DNNModel(_DeepModel):
  """A feed-forward network of layers of TF 1, in the current variable scope.

  `model(features, mode)` gives the logits, float `[batch_size, units]`, and
  writes summaries of each layer; the updates of batch normalization are in the
  collection `UPDATE_OPS` as well.
  """

  def __init__(
    self,
    units,
    hidden_units,
    feature_columns,
    activation_fn,
    dropout,
    input_layer_partitioner,
    batch_norm,
    name=None,
    **kwargs,
  ):
    super().__init__(name=name, **kwargs)
    self._input_layer_partitioner = input_layer_partitioner
    self._input_layer = keras_v1.layers.DenseFeatures(
      feature_columns, name='input_layer'
    )
    self._hidden_layers, self._dropouts, self._norms = [], [], []
    for index, size in enumerate(hidden_units):
      with v1.variable_scope(f'hiddenlayer_{index}') as scope:
        self._hidden_layers.append(_dense_v1(size, activation_fn, scope))
        if dropout is not None:
          self._dropouts.append(_layers_v1.Dropout(rate=dropout))
        if batch_norm:
          name = f'batchnorm_{index}'
          self._norms.append(
            _layers_v1.BatchNormalization(
              momentum=_MOMENTUM, name=name, _scope=name
            )
          )
    with v1.variable_scope('logits') as scope:
      self._logits_layer = _dense_v1(units, None, scope)

  def call(self, features, mode) -> tf.Tensor:
    _check_dict(features)
    with v1.variable_scope(
      _INPUT_SCOPE, partitioner=self._input_layer_partitioner
    ):
      net = self._input_layer(features)
    return self._forward(net, mode)


def _dense_v1(units: int, activation_fn: Any, scope: v1.VariableScope) -> Any:
  return _layers_v1.Dense(
    units,
    activation=activation_fn,
    kernel_initializer=v1.glorot_uniform_initializer(),
    name=scope,
    _scope=scope,
  )


class RNNModel(tf_keras.Model):
  """A recurrent layer over sequence columns, and logits of what it gives.

  model = RNNModel(tf_keras.layers.LSTM(8), 1, sequence_columns)
  logits = model(features)  # float [batch_size, 1]
  """

  def __init__(
    self,
    rnn_layer,
    units,
    sequence_feature_columns,
    context_feature_columns=None,
    activation=None,
    return_sequences=False,
    **kwargs,
  ):
    super().__init__(**kwargs)
    self._units = units
    self._return_sequences = return_sequences
    self._activation = activation
    self._sequence_columns = list(sequence_feature_columns)
    self._context_columns = list(context_feature_columns or ())
    self._sequence_features_layer = tf_keras.experimental.SequenceFeatures(
      self._sequence_columns
    )
    self._dense_features_layer = (
      tf_keras.layers.DenseFeatures(self._context_columns)
      if self._context_columns
      else None
    )
    self._rnn_layer = rnn_layer
    self._logits_layer = tf_keras.layers.Dense(
      units, activation=activation, name='logits'
    )

  def call(self, inputs, training=None):
    _check_dict(inputs)
    with tf.name_scope('sequence_input_layer'):
      sequence, length = self._sequence_features_layer(
        inputs, training=training
      )
      v1.summary.histogram('sequence_length', length)
    if self._dense_features_layer is not None:
      context = self._dense_features_layer(inputs, training=training)
      steps = tf.shape(sequence)[1]
      context = tf.tile(tf.expand_dims(context, 1), [1, steps, 1])
      sequence = tf.concat([sequence, context], 2)
    mask = tf.sequence_mask(length, maxlen=tf.shape(sequence)[1])
    outputs = self._rnn_layer(sequence, mask=mask, training=training)
    return self._logits_layer(outputs)

  def get_config(self):
    return {
      'name': self.name,
      'rnn_layer': tf_keras.layers.serialize(self._rnn_layer),
      'units': self._units,
      'return_sequences': self._return_sequences,
      'activation': tf_keras.activations.serialize(
        tf_keras.activations.get(self._activation)
      ),
      'sequence_feature_columns': _configs(self._sequence_columns),
      'context_feature_columns': _configs(self._context_columns) or None,
    }

  @classmethod
  def from_config(cls, config, custom_objects=None) -> Any:
    changed = {
      'rnn_layer': tf_keras.layers.deserialize(
        config['rnn_layer'], custom_objects=custom_objects
      ),
      'activation': tf_keras.activations.deserialize(
        config['activation'], custom_objects=custom_objects
      ),
    }
    for key in ('sequence_feature_columns', 'context_feature_columns'):
      changed[key] = _columns(config[key] or (), custom_objects)
    return cls(**{**config, **changed})


def _check_dict(features: Any) -> None:
  if not isinstance(features, dict):
    raise ValueError(
      f'We expected a dictionary here. Instead we got: {features}'
    )


def _scoped(name: str) -> str:
  """A name in the current name scope, where no scope has it yet."""
  if tf.executing_eagerly():
    return name
  with v1.name_scope(name) as scope:
    return scope.rstrip('/')


def _configs(feature_columns: Any) -> list[Any]:
  serialize = tf.__internal__.feature_column.serialize_feature_column
  return [serialize(column) for column in feature_columns]


def _columns(configs: Any, custom_objects: Any) -> list[Any]:
  deserialize = tf.__internal__.feature_column.deserialize_feature_column
  return [deserialize(config, custom_objects) for config in configs]
