"""Builds a recurrent network over sequences and their context."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf, keras_graph
from tfcompat_estimator.canned.networks import (
  cells,
  column_variables,
  families,
  input_layer,
  network,
)
from tfcompat_estimator.records import arguments, modes

v1 = tf.compat.v1

# A list of sizes is run as cells, one size as a layer of Keras' own: their
# variables are called after the one or the other.
_CELLS = {
  'simple_rnn': tf_keras.layers.SimpleRNNCell,
  'lstm': tf_keras.layers.LSTMCell,
  'gru': tf_keras.layers.GRUCell,
}
_LAYERS = {
  'simple_rnn': tf_keras.layers.SimpleRNN,
  'lstm': tf_keras.layers.LSTM,
  'gru': tf_keras.layers.GRU,
}
_DEFAULT_CELL = 'simple_rnn'

MakeLayer = Callable[[bool], Any]


@dataclasses.dataclass(frozen=True)
class Output(network.Output):
  """What the network made, and which steps there are.

  Attributes:
    sequence_mask: A bool tensor `[batch_size, steps]`, false for padding.
  """

  sequence_mask: tf.Tensor | None = None


def layer_of_units(units: Any, cell_type: Any) -> MakeLayer:
  """Makes the recurrent layer of the sizes of cells.

  Args:
    units: The sizes, one for each layer; or an int, and `cell_type` a string.
    cell_type: 'simple_rnn', 'lstm', 'gru', a class of cells, or None:
      'simple_rnn' for a list of sizes.

  Returns:
    A function of `return_sequences`.

  Raises:
    ValueError: When it is called: if `cell_type` is unknown.
    TypeError: When it is called: if `units` cannot be iterated over.
  """

  def make(return_sequences: bool) -> Any:
    is_named = isinstance(cell_type, str) and cell_type in _LAYERS
    is_one = isinstance(units, str | bytes) or not isinstance(units, Iterable)
    if is_named and is_one and units is not None:
      size = arguments.size('units', units)
      return _LAYERS[cell_type](size, return_sequences=return_sequences)
    if is_one:
      raise TypeError(
        f"'{type(units).__name__}' object is not iterable: `units` ({units}) "
        'must be a list of ints, one for each layer; or an int if `cell_type` '
        f'({cell_type}) is one of {list(_LAYERS)}.'
      )
    cell_class = _cell_class(_DEFAULT_CELL if cell_type is None else cell_type)
    with cells.names_of_their_own():
      sizes = [arguments.size('units', each) for each in units]
      stack = [cell_class(units=size) for size in sizes]
      # tf_keras 2.21 makes StackedRNNCells of a list, even of one cell.
      cell = stack[0] if len(stack) == 1 else stack
      return cells.over_steps(cell, return_sequences)

  return make


def layer_of_cell_fn(rnn_cell_fn: Callable[[], Any]) -> MakeLayer:
  """Makes the recurrent layer of a function that makes the cell."""

  def make(return_sequences: bool) -> Any:
    with cells.names_of_their_own():
      return cells.over_steps(rnn_cell_fn(), return_sequences)

  return make


def build(
  units: int,
  make_layer: MakeLayer,
  sequence_feature_columns: Any,
  context_feature_columns: Any = None,
  return_sequences: bool = False,
) -> Callable[[Any, str], Output]:
  """Makes the network: columns, the recurrent layer, a linear one of `units`.

  Args:
    units: The size of the logits.
    make_layer: Makes the recurrent layer, of `return_sequences`.
    sequence_feature_columns: Dense columns over sequences.
    context_feature_columns: Dense columns whose values each step gets too.
    return_sequences: Whether there are logits of each step, `[batch_size,
      steps, units]`, or of the last one, `[batch_size, units]`.
  """

  def call(features: Any, mode: str) -> Output:
    layers: list[Any] = []
    with keras_graph.restored_classes(layers):
      return build_with(layers, features, mode)

  def build_with(layers: list[Any], features: Any, mode: str) -> Output:
    network.check_features(features)
    recorder = network.Recorder()
    training = mode == modes.ModeKeys.TRAIN
    with (
      v1.name_scope('rnn_model'),
      v1.variable_scope(
        v1.get_variable_scope(),
        auxiliary_name_scope=False,
        custom_getter=recorder.getter,
      ),
    ):
      inputs, lengths = _sequence_input(
        features, sequence_feature_columns, recorder
      )
      if context_feature_columns:
        context = _context_input(
          features, context_feature_columns, training, recorder
        )
        inputs = _append_context(inputs, context)
      mask = tf.sequence_mask(lengths, maxlen=tf.shape(inputs)[1])
      # Keras' loop wants to know of both alike how many examples there are.
      mask.set_shape(inputs.shape[:2])
      rnn_layer = make_layer(return_sequences)
      cells.read_once(rnn_layer)
      layers.append(rnn_layer)
      outputs = rnn_layer(inputs, mask=mask, training=training)
      cells.keep_seeds_local(rnn_layer)
      logits_layer = tf_keras.layers.Dense(units, name='logits')
      layers.append(logits_layer)
      logits = logits_layer(outputs)
    for layer in layers:
      for variable in cells.trainable_variables(layer):
        recorder.add(variable)
    return Output(
      logits,
      recorder.trainable_variables(),
      cells.updates(rnn_layer),
      sequence_mask=mask,
    )

  return call


def _cell_class(cell_type: Any) -> Any:
  if isinstance(cell_type, str) and cell_type in _CELLS:
    return _CELLS[cell_type]
  if isinstance(cell_type, str) or not callable(cell_type):
    raise ValueError(
      '`cell_type` should be a class producing a RNN cell, or a string '
      'specifying the cell type. Supported strings are: '
      f'{list(_CELLS)}. Given: {cell_type!r}.'
    )
  return cell_type


def _sequence_input(
  features: Mapping[str, Any], feature_columns: Any, recorder: network.Recorder
) -> tuple[tf.Tensor, tf.Tensor]:
  """The columns side by side, `[batch_size, steps, size]`; the lengths."""
  columns = column_variables.normalize(feature_columns)
  column_variables.check_dense(columns, _tf.SequenceDenseColumn)
  state = column_variables.State()
  with v1.name_scope('sequence_input_layer'):
    with v1.variable_scope('sequence_features'):
      for column in columns:
        with v1.variable_scope(column_variables.scope_name(column)):
          column.create_state(state)
      cache = column_variables.transformation_cache(features)
      made = [_of_sequence(column, cache, state) for column in columns]
      for variable in column_variables.shared_variables(columns):
        recorder.add(variable)
      tensors, lengths = zip(*made, strict=True)
      inputs = tf.concat(tensors, -1)
      length = _same(lengths)
    v1.summary.histogram('sequence_length', length)
  return inputs, length


def _of_sequence(
  column: Any, cache: Any, state: column_variables.State
) -> tuple[tf.Tensor, tf.Tensor]:
  with (
    v1.name_scope(column_variables.scope_name(column)),
    v1.variable_scope(
      column_variables.shared_scope(at_top=True), auxiliary_name_scope=False
    ),
  ):
    tensor, length = column.get_sequence_dense_tensor(cache, state)
    shape = tf.shape(tensor)
    size = column.variable_shape.num_elements()
    return tf.reshape(tensor, [shape[0], shape[1], size]), length


def _same(lengths: tuple[tf.Tensor, ...]) -> tf.Tensor:
  """The lengths, after a check that all columns have the same."""
  checks = [v1.assert_equal(lengths[0], other) for other in lengths[1:]]
  with tf.control_dependencies(
    [check for check in checks if check is not None]
  ):
    return tf.identity(lengths[0])


def _context_input(
  features: Mapping[str, Any],
  feature_columns: Any,
  training: bool,
  recorder: network.Recorder,
) -> tf.Tensor:
  with v1.name_scope('context_input_layer'):
    return input_layer.build(
      families.V2,
      features,
      feature_columns,
      training,
      recorder,
      scope='dense_features',
    )


def _append_context(inputs: tf.Tensor, context: tf.Tensor) -> tf.Tensor:
  """The context repeated for each step, after what the step has itself."""
  steps = tf.shape(inputs)[1]
  context = tf.tile(tf.expand_dims(context, 1), [1, steps, 1])
  return tf.concat([inputs, context], 2)
