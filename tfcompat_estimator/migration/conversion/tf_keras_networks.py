"""Builds the networks of canned Estimators of the layers of tf_keras."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import keras_graph
from tfcompat_estimator.canned import model_fns
from tfcompat_estimator.migration.conversion import (
  column_layers,
  model_inputs,
  towers,
  trained_values,
)

v1 = tf.compat.v1

LOGITS = 'logits'
MASK = 'sequence_mask'
# What the baseline's network gets: a zero for each example.
ZEROS = 'zeros'


def build(
  recipe: model_fns.Recipe,
  values: trained_values.Values,
  dtypes: Mapping[str, Any] | None = None,
) -> tf_keras.Model:
  """A functional model from features to logits, with the values.

  Args:
    recipe: What the Estimator was made of.
    values: Where the values come from.
    dtypes: Dtypes of features that only crosses read, by their names.

  Returns:
    A model whose inputs are a dict of features (or `zeros`, of a baseline),
    whose output is the logits; or, where there are logits of each step of
    sequences, a dict of `logits` and `sequence_mask`.

  Raises:
    ValueError: A feature column has no counterpart, or the checkpoint is of
      another model.
  """
  units = recipe.head.logits_dimension
  columns = [
    c for each in recipe.towers for c in towers.columns_of(each.settings)
  ]
  if columns:
    inputs = model_inputs.placeholders(columns, dtypes)
  else:
    inputs = {ZEROS: tf_keras.Input([], dtype=tf.int32, name=ZEROS)}
  library = _TfKeras(inputs, values)
  outputs = [
    towers.build(library, tower.name, tower.settings, units)
    for tower in recipe.towers
  ]
  if isinstance(outputs[0], dict):
    return tf_keras.Model(inputs, outputs[0], name='network')
  total = outputs[0]
  if len(outputs) > 1:
    total = tf_keras.layers.Add(name='logits_of_both')(outputs)
  return tf_keras.Model(inputs, total, name='network')


class _TfKeras(towers.Library):
  """The layers of tf_keras."""

  layers = tf_keras.layers
  dnn_logits = LOGITS

  def __init__(
    self, inputs: dict[str, Any], values: trained_values.Values
  ) -> None:
    super().__init__(values)
    self._inputs = inputs

  def dense(self, columns: Sequence[Any], scope: str, name: str) -> Any:
    return column_layers.concatenated(
      columns, self._inputs, scope, self.values, name
    )

  def embed(
    self, column: Any, variable: str, units: int, combiner: str, name: str
  ) -> Any:
    part, layer = column_layers.embed(
      column, units, combiner, self._inputs, name
    )
    self.values.assign(layer.weights, [variable])
    return part

  def baseline(self, bias: Any) -> Any:
    return self.constant('baseline', self._inputs[ZEROS], bias)

  def zero_ids(self, tensor: Any) -> Any:
    return tf.zeros_like(tensor[:, 0], tf.int32)

  def recurrent(self, settings: Mapping[str, Any], units: int) -> Any:
    sequence = towers.as_list(settings['sequence_feature_columns'])
    layer = tf_keras.experimental.SequenceFeatures(
      sequence, name='sequence_input'
    )
    net, lengths = layer(column_layers.read_by(sequence, self._inputs))
    self.values.assign(
      layer.weights,
      column_layers.variable_names(layer, 'sequence_features'),
    )
    steps = tf.shape(net)[1]
    context = settings['context_feature_columns']
    if context:
      of_example = self.dense(
        towers.as_list(context), 'dense_features', 'context_input'
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
    self.values.assign(recurrent.weights, names)
    logits = self.layer(
      tf_keras.layers.Dense(units, name=LOGITS),
      net,
      ['rnn_model/logits/kernel', 'rnn_model/logits/bias'],
    )
    return {LOGITS: logits, MASK: mask} if return_sequences else logits


def _recurrent_names(settings: Mapping[str, Any], shape: Any) -> list[str]:
  """The names of the recurrent layer's variables in an Estimator's graph.

  Keras numbers the names that it makes up, by graph.
  """
  layers: list[Any] = []
  with (
    keras_graph.restored_classes(layers),
    tf.Graph().as_default(),
    v1.name_scope('rnn_model'),
  ):
    layer = settings['make_layer'](settings['return_sequences'])
    layers.append(layer)
    layer(v1.placeholder(tf.float32, shape))
    return [weight.name.partition(':')[0] for weight in layer.weights]
