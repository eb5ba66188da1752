"""Builds models of Keras 3 of canned Estimators."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.canned.networks import columns as column_lib
from tfcompat_estimator.canned.networks import dnn as dnn_network
from tfcompat_estimator.heads import (
  binary_class,
  multi_class,
  multi_label,
  regression,
)
from tfcompat_estimator.moving import columns as columns_lib
from tfcompat_estimator.moving import head_config, keras3_columns, networks
from tfcompat_estimator.moving import values as values_lib

# The model's inputs are sliced: Keras 3.0 cannot write or read that.
_OLDEST = (3, 3)

# Functions of TensorFlow, under which names Keras has them.
_ACTIVATIONS = {
  tf.nn.relu: 'relu',
  tf.nn.tanh: 'tanh',
  tf.nn.sigmoid: 'sigmoid',
  tf.nn.elu: 'elu',
  tf.nn.selu: 'selu',
  tf.nn.leaky_relu: 'leaky_relu',
  tf.nn.softplus: 'softplus',
  tf.nn.swish: 'silu',
}


def build(recipe: model_fns.Recipe, values: values_lib.Values) -> Any:
  """A functional model of Keras 3 from features to predictions.

  It comes compiled with the loss of `_losses`, where Keras has the head's.

  Raises:
    ValueError: A feature column or the network has no counterpart in Keras 3,
      Keras runs on another backend, or it is older than 3.3.
  """
  import keras

  if keras.backend.backend() != 'tensorflow':
    raise ValueError(
      f"backend ('keras3'): Keras runs on {keras.backend.backend()}, and "
      'features of strings need TensorFlow. Set KERAS_BACKEND=tensorflow.'
    )
  if tuple(map(int, keras.__version__.split('.')[:2])) < _OLDEST:
    raise ValueError(
      f"backend ('keras3'): Keras is {keras.__version__}, and the model needs "
      'slices of tensors that it can save. Install Keras 3.3 or later.'
    )
  inputs = keras3_columns.Inputs(
    column
    for tower in recipe.towers
    for column in networks.columns_of(tower.settings)
  )
  units = recipe.head.logits_dimension
  parts = [
    _TOWERS[tower.name](tower.settings, units, inputs, values)
    for tower in recipe.towers
  ]
  logits = keras.layers.Add()(parts) if len(parts) > 1 else parts[0]
  logits = keras.layers.Identity(name='logits')(logits)
  # A head of the user's may predict anything.
  is_ours = head_config.is_ours(recipe.head)
  task = getattr(recipe.head, 'task', None) if is_ours else None
  outputs = _outputs(task, logits)
  model = keras.Model(inputs.by_name, outputs)
  loss = _loss(task)
  model.compile(keras.optimizers.Adam(), {'logits': loss} if loss else None)
  return model


def _outputs(task: Any, logits: Any) -> dict[str, Any]:
  """Of the predictions, those that are numbers; logits always."""
  from keras import layers, ops

  if isinstance(task, binary_class.BinaryClassTask):
    logistic = layers.Activation('sigmoid', name='logistic')(logits)
    both = ops.concatenate([ops.zeros_like(logits), logits], axis=-1)
    probabilities = layers.Softmax(name='probabilities')(both)
    return {
      'logits': logits,
      'logistic': logistic,
      'probabilities': probabilities,
      'class_ids': ops.argmax(both, axis=-1, keepdims=True),
    }
  if isinstance(task, multi_class.MultiClassTask):
    return {
      'logits': logits,
      'probabilities': layers.Softmax(name='probabilities')(logits),
      'class_ids': ops.argmax(logits, axis=-1, keepdims=True),
    }
  if isinstance(task, multi_label.MultiLabelTask):
    sigmoid = layers.Activation('sigmoid', name='probabilities')
    return {'logits': logits, 'probabilities': sigmoid(logits)}
  if isinstance(task, regression.RegressionTask):
    link = _LINKS.get(task.inverse_link_fn)
    if link:
      linked = layers.Activation(link, name='predictions')(logits)
      return {'logits': logits, 'predictions': linked}
  return {'logits': logits}


# The inverse links that Keras knows.
_LINKS = {None: 'linear', tf.exp: 'exponential', tf.sigmoid: 'sigmoid'}


def _loss(task: Any) -> Any:
  """The loss of the head's kind, of integer labels; None of other heads."""
  from keras import losses

  if isinstance(task, multi_class.MultiClassTask):
    return losses.SparseCategoricalCrossentropy(from_logits=True)
  if isinstance(
    task, binary_class.BinaryClassTask | multi_label.MultiLabelTask
  ):
    return losses.BinaryCrossentropy(from_logits=True)
  if isinstance(task, regression.RegressionTask):
    return {
      None: losses.MeanSquaredError(),
      tf.sigmoid: losses.BinaryCrossentropy(from_logits=True),
    }.get(task.inverse_link_fn)
  return None


def _layer(
  layer: Any, inputs: Any, values: values_lib.Values, names: list[str]
) -> Any:
  """What a layer makes of its input, with values of those names."""
  output = layer(inputs)
  for weight, name in zip(layer.weights, names, strict=True):
    weight.assign(values.of(name, weight.shape))
  return output


def _dnn(
  settings: Mapping[str, Any],
  units: int,
  inputs: keras3_columns.Inputs,
  values: values_lib.Values,
) -> Any:
  from keras import layers

  scope = 'dnn/input_from_feature_columns/input_layer'
  columns = columns_lib.in_order(networks.columns_of(settings))
  tensors = [
    keras3_columns.dense(column, inputs, scope, values) for column in columns
  ]
  net = layers.Concatenate()(tensors) if len(tensors) > 1 else tensors[0]
  activation = settings['activation_fn']
  for index, size in enumerate(settings['hidden_units']):
    name = f'hiddenlayer_{index}'
    net = _layer(
      layers.Dense(size, _ACTIVATIONS.get(activation, activation), name=name),
      net,
      values,
      [f'dnn/{name}/kernel', f'dnn/{name}/bias'],
    )
    if settings.get('dropout') is not None:
      net = layers.Dropout(settings['dropout'])(net)
    if settings.get('batch_norm'):
      scope = f'dnn/{name}/batchnorm_{index}'
      net = _layer(
        layers.BatchNormalization(
          momentum=dnn_network.MOMENTUM, epsilon=dnn_network.EPSILON
        ),
        net,
        values,
        [f'{scope}/{variable}' for variable in networks.BATCH_NORM],
      )
  return _layer(
    layers.Dense(units, name='dnn_logits'),
    net,
    values,
    ['dnn/logits/kernel', 'dnn/logits/bias'],
  )


def _linear(
  settings: Mapping[str, Any],
  units: int,
  inputs: keras3_columns.Inputs,
  values: values_lib.Values,
) -> Any:
  from keras import layers

  scope = networks.linear_scope(values)
  parts = []
  for column in columns_lib.in_order(networks.columns_of(settings)):
    weights = f'{scope}/{column_lib.scope_name(column)}/weights'
    if column_lib.is_categorical(column):
      table = values.of(weights, [column.num_buckets, units])
      combiner = settings['sparse_combiner']
      part = keras3_columns.embed(column, table, combiner, inputs)
    else:
      net = keras3_columns.dense(column, inputs, scope, values)
      dense = layers.Dense(units, use_bias=False)
      part = _layer(dense, net, values, [weights])
    parts.append(part)
  total = layers.Add()(parts) if len(parts) > 1 else parts[0]
  return _with_bias(total, values.of(f'{scope}/bias_weights', [units]))


def _baseline(
  settings: Mapping[str, Any],
  units: int,
  inputs: keras3_columns.Inputs,
  values: values_lib.Values,
) -> Any:
  """Takes any numbers `features`: they say how many examples there are."""
  from keras import ops

  del settings
  feature = inputs.of('features', [1], 'float32')
  zeros = ops.zeros_like(ops.tile(feature, [1, units]))
  return _with_bias(zeros, values.of('baseline/bias', [units]))


def _rnn(settings: Mapping[str, Any], *_: Any) -> Any:
  column = networks.columns_of(settings)[0]
  raise ValueError(
    f"backend ('keras3'): the sequence column {column.name!r} has no "
    "counterpart in Keras 3. Use backend='tf_keras'."
  )


def _with_bias(logits: Any, bias: Any) -> Any:
  """A vector added that is trained: a table of one row, always looked up."""
  from keras import layers, ops

  layer = layers.Embedding(1, len(bias))
  added = layer(ops.zeros_like(logits[:, 0], 'int32'))
  layer.weights[0].assign(bias[None])
  return layers.Add()([logits, added])


_Tower = Callable[
  [Mapping[str, Any], int, keras3_columns.Inputs, values_lib.Values], Any
]
_TOWERS: dict[str, _Tower] = {
  'dnn': _dnn,
  'linear': _linear,
  'baseline': _baseline,
  'rnn': _rnn,
}
