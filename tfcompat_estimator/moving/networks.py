"""Builds the networks of canned Estimators of the layers of tf_keras."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.canned.networks import columns as column_lib
from tfcompat_estimator.canned.networks import dnn as dnn_network
from tfcompat_estimator.graph import keras_classes
from tfcompat_estimator.moving import columns as columns_lib
from tfcompat_estimator.moving import inputs as inputs_lib
from tfcompat_estimator.moving import values as values_lib

v1 = tf.compat.v1

LOGITS = 'logits'
MASK = 'sequence_mask'
# What the baseline's network gets: a zero for each example.
ZEROS = 'zeros'
# The variables of batch normalization, in Keras' order.
BATCH_NORM = ('gamma', 'beta', 'moving_mean', 'moving_variance')


def build(
  recipe: model_fns.Recipe, values: values_lib.Values
) -> tf_keras.Model:
  """A functional model from features to logits, with the values.

  Returns:
    A model whose inputs are a dict of features (or `zeros`, of a baseline),
    whose output is the logits; or, where there are logits of each step of
    sequences, a dict of `logits` and `sequence_mask`.

  Raises:
    ValueError: A feature column has no counterpart, or the checkpoint is of
      another model.
  """
  units = recipe.head.logits_dimension
  towers = recipe.towers
  columns = [c for tower in towers for c in columns_of(tower.settings)]
  if columns:
    inputs = inputs_lib.placeholders(columns)
  else:
    inputs = {ZEROS: tf_keras.Input([], dtype=tf.int32, name=ZEROS)}
  outputs = [
    _TOWERS[tower.name](tower.settings, units, inputs, values)
    for tower in towers
  ]
  if isinstance(outputs[0], dict):
    return tf_keras.Model(inputs, outputs[0], name='network')
  total = outputs[0]
  if len(outputs) > 1:
    total = tf_keras.layers.Add(name='logits_of_both')(outputs)
  return tf_keras.Model(inputs, total, name='network')


def columns_of(settings: Mapping[str, Any]) -> list[Any]:
  """The feature columns of a network, of whatever argument."""
  return [
    column
    for name, columns in settings.items()
    if name.endswith('feature_columns') and columns
    for column in _as_list(columns)
  ]


def _as_list(columns: Any) -> list[Any]:
  return list(columns) if isinstance(columns, Sequence | set) else [columns]


def _dnn(
  settings: Mapping[str, Any],
  units: int,
  inputs: dict[str, Any],
  values: values_lib.Values,
) -> Any:
  net = columns_lib.concatenated(
    columns_of(settings),
    inputs,
    'dnn/input_from_feature_columns/input_layer',
    values,
    'dnn_input',
  )
  for index, size in enumerate(settings['hidden_units']):
    name = f'hiddenlayer_{index}'
    net = _layer(
      tf_keras.layers.Dense(size, settings['activation_fn'], name=name),
      net,
      values,
      [f'dnn/{name}/kernel', f'dnn/{name}/bias'],
    )
    if settings.get('dropout') is not None:
      net = tf_keras.layers.Dropout(
        settings['dropout'], name=f'dropout_{index}'
      )(net)
    if settings.get('batch_norm'):
      scope = f'dnn/{name}/batchnorm_{index}'
      net = _layer(
        tf_keras.layers.BatchNormalization(
          momentum=dnn_network.MOMENTUM,
          epsilon=dnn_network.EPSILON,
          name=f'batchnorm_{index}',
        ),
        net,
        values,
        [f'{scope}/{variable}' for variable in BATCH_NORM],
      )
  return _layer(
    tf_keras.layers.Dense(units, name=LOGITS),
    net,
    values,
    ['dnn/logits/kernel', 'dnn/logits/bias'],
  )


def linear_scope(values: values_lib.Values) -> str:
  """The scope of a linear model's variables."""
  scope = 'linear/linear_model'
  if values.has(f'{scope}/bias_weights'):
    return scope
  return 'linear/linear/linear_model'  # trained by SDCA, in one family


def _linear(
  settings: Mapping[str, Any],
  units: int,
  inputs: dict[str, Any],
  values: values_lib.Values,
) -> Any:
  scope = linear_scope(values)
  parts = []
  for column in columns_lib.in_order(columns_of(settings)):
    name = column_lib.scope_name(column)
    weights = f'{scope}/{name}/weights'
    if column_lib.is_categorical(column):
      part, layer = columns_lib.embed(
        column,
        units,
        settings['sparse_combiner'],
        inputs,
        f'linear_{name}',
      )
      values.assign(layer.weights, [weights])
    else:
      dense = columns_lib.concatenated(
        [column], inputs, scope, values, f'linear_{name}_input'
      )
      part = _layer(
        tf_keras.layers.Dense(units, use_bias=False, name=f'linear_{name}'),
        dense,
        values,
        [weights],
      )
    parts.append(part)
  total = parts[0]
  if len(parts) > 1:
    total = tf_keras.layers.Add(name='linear_sum')(parts)
  zeros = tf.zeros_like(total[:, 0], tf.int32)
  bias = _bias(
    'linear_bias', zeros, values.of(f'{scope}/bias_weights', [units])
  )
  return tf_keras.layers.Add(name='linear')([total, bias])


def _baseline(
  settings: Mapping[str, Any],
  units: int,
  inputs: dict[str, Any],
  values: values_lib.Values,
) -> Any:
  del settings
  bias = values.of('baseline/bias', [units])
  return _bias('baseline', inputs[ZEROS], bias)


def _bias(name: str, zeros: Any, value: Any) -> Any:
  """A vector that is trained, for each example: a table of one row."""
  layer = tf_keras.layers.Embedding(1, len(value), name=name)
  vector = layer(zeros)
  layer.set_weights([value[None]])
  return vector


def _rnn(
  settings: Mapping[str, Any],
  units: int,
  inputs: dict[str, Any],
  values: values_lib.Values,
) -> Any:
  sequence = _as_list(settings['sequence_feature_columns'])
  layer = tf_keras.experimental.SequenceFeatures(
    sequence, name='sequence_input'
  )
  net, lengths = layer(columns_lib.read_by(sequence, inputs))
  values.assign(
    layer.weights,
    columns_lib.variable_names(layer, 'sequence_features'),
  )
  steps = tf.shape(net)[1]
  context = settings['context_feature_columns']
  if context:
    of_example = columns_lib.concatenated(
      _as_list(context),
      inputs,
      'dense_features',
      values,
      'context_input',
    )
    of_step = tf.tile(tf.expand_dims(of_example, 1), [1, steps, 1])
    net = tf_keras.layers.Concatenate(name='with_context')([net, of_step])
  mask = tf.sequence_mask(lengths, steps)
  names = _recurrent_names(settings, net.shape)
  return_sequences = settings['return_sequences']
  recurrent = settings['make_layer'](return_sequences)
  if not isinstance(recurrent, tf_keras.layers.Layer):
    raise ValueError(
      f'rnn_cell_fn makes cells of Keras 3 ({type(recurrent).__name__}), which '
      'a model of tf_keras cannot hold. Use cells of tf_keras, or to_module.'
    )
  net = recurrent(net, mask=mask)
  values.assign(recurrent.weights, names)
  logits = _layer(
    tf_keras.layers.Dense(units, name=LOGITS),
    net,
    values,
    ['rnn_model/logits/kernel', 'rnn_model/logits/bias'],
  )
  return {LOGITS: logits, MASK: mask} if return_sequences else logits


def _recurrent_names(settings: Mapping[str, Any], shape: Any) -> list[str]:
  """The names of the recurrent layer's variables in an Estimator's graph.

  Keras numbers the names that it makes up, by graph.
  """
  layers: list[Any] = []
  with (
    keras_classes.restored(layers),
    tf.Graph().as_default(),
    v1.name_scope('rnn_model'),
  ):
    layer = settings['make_layer'](settings['return_sequences'])
    layers.append(layer)
    layer(v1.placeholder(tf.float32, shape))
    return [weight.name.partition(':')[0] for weight in layer.weights]


def _layer(
  layer: tf_keras.layers.Layer,
  inputs: Any,
  values: values_lib.Values,
  names: Sequence[str],
) -> Any:
  """What a layer makes of its input, with values of those names."""
  output = layer(inputs)
  values.assign(layer.weights, names)
  return output


_Tower = Callable[
  [Mapping[str, Any], int, dict[str, Any], values_lib.Values], Any
]
_TOWERS: dict[str, _Tower] = {
  'dnn': _dnn,
  'linear': _linear,
  'baseline': _baseline,
  'rnn': _rnn,
}
