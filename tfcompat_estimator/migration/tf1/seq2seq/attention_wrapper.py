"""A cell that looks at a memory at each step."""

import collections
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import layers, rnn_cell

from tfcompat_estimator.migration.tf1.seq2seq import attention, checks

v1 = tf.compat.v1


class AttentionWrapperState(
  collections.namedtuple(
    'AttentionWrapperState',
    (
      'cell_state',
      'attention',
      'time',
      'alignments',
      'alignment_history',
      'attention_state',
    ),
  )
):
  """The state of an `AttentionWrapper`."""

  __slots__ = ()

  def clone(self, **kwargs: Any) -> 'AttentionWrapperState':
    """A copy with other parts, which must have the shapes of these."""

    def shaped(old: Any, new: Any) -> Any:
      if tf.is_tensor(old) and tf.is_tensor(new):
        new.set_shape(old.shape)
      return new

    replaced = super()._replace(**kwargs)
    return tf.nest.map_structure(shaped, self, replaced)


def hardmax(logits: Any, name: str | None = None) -> tf.Tensor:
  """1 where a row of logits is greatest, else 0."""
  with v1.name_scope(name, 'Hardmax', [logits]):
    logits = tf.convert_to_tensor(logits, name='logits')
    depth = logits.shape.as_list()[-1]
    depth = tf.shape(logits)[-1] if depth is None else depth
    return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)


def compute_attention(
  attention_mechanism: Any,
  cell_output: tf.Tensor,
  attention_state: Any,
  attention_layer: Any,
) -> tuple[Any, Any, Any]:
  """(attention, alignments, the mechanism's next state)."""
  alignments, state = attention_mechanism(cell_output, state=attention_state)
  context = tf.squeeze(
    tf.matmul(alignments[:, tf.newaxis], attention_mechanism.values), [1]
  )
  if attention_layer is not None:
    context = attention_layer(tf.concat([cell_output, context], 1))
  return context, alignments, state


def _listed(value: Any) -> list[Any]:
  return list(value) if isinstance(value, list | tuple) else [value]


class AttentionWrapper(rnn_cell.RNNCell):
  """A cell around another, which gets what attention mechanisms read."""

  def __init__(
    self,
    cell: Any,
    attention_mechanism: Any,
    attention_layer_size: Any = None,
    alignment_history: bool = False,
    cell_input_fn: Callable[[Any, Any], Any] | None = None,
    output_attention: bool = True,
    initial_cell_state: Any = None,
    name: str | None = None,
    attention_layer: Any = None,
    attention_fn: Callable[..., Any] | None = None,
    dtype: Any = None,
  ):
    """Makes the cell.

    Args:
      cell: An RNNCell.
      attention_mechanism: One, or a list of them.
      attention_layer_size: The size of a layer over outputs and what was read;
        a list of them, if mechanisms are one.
      alignment_history: Keep the weights of all steps in a TensorArray.
      cell_input_fn: Of inputs and attention: what the cell gets. They are
        concatenated if not given.
      output_attention: Outputs are the attention, not the cell's.
      initial_cell_state: Of the cell.
      name: Of the cell.
      attention_layer: Such a layer itself; or a list of them.
      attention_fn: What computes attention.
      dtype: Of the cell.
    """
    super().__init__(name=name, dtype=dtype)
    self._is_multi = isinstance(attention_mechanism, list | tuple)
    mechanisms = _listed(attention_mechanism)
    for each in mechanisms:
      if not isinstance(each, attention.AttentionMechanism):
        raise TypeError(
          f'`attention_mechanism` has a {type(each).__name__}; give an '
          'AttentionMechanism, or a list of them.'
        )
    if cell_input_fn is not None:
      checks.function('cell_input_fn', cell_input_fn)
    self._cell_input_fn = cell_input_fn or (
      lambda inputs, read: tf.concat([inputs, read], -1)
    )
    self._attention_layers, sizes = _layers_of(
      mechanisms, attention_layer_size, attention_layer
    )
    self._attention_layer_size = sum(sizes)
    self._cell = cell
    self._attention_mechanisms = mechanisms
    self._output_attention = output_attention
    self._alignment_history = alignment_history
    self._attention_fn = attention_fn or compute_attention
    with v1.name_scope(name, 'AttentionWrapperInit'):
      self._initial_cell_state = (
        None
        if initial_cell_state is None
        else tf.nest.map_structure(
          lambda s: tf.identity(s, name='check_initial_cell_state'),
          initial_cell_state,
        )
      )

  def _packed(self, values: Any) -> Any:
    values = tuple(values)
    return values if self._is_multi else values[0]

  def _unpacked(self, values: Any) -> list[Any]:
    return list(values) if self._is_multi else [values]

  @property
  def output_size(self) -> Any:
    if self._output_attention:
      return self._attention_layer_size
    return self._cell.output_size

  @property
  def state_size(self) -> AttentionWrapperState:
    mechanisms = self._attention_mechanisms
    sizes = [each.alignments_size for each in mechanisms]
    return AttentionWrapperState(
      cell_state=self._cell.state_size,
      time=tf.TensorShape([]),
      attention=self._attention_layer_size,
      alignments=self._packed(sizes),
      attention_state=self._packed(each.state_size for each in mechanisms),
      alignment_history=self._packed(
        sizes if self._alignment_history else [()] * len(sizes)
      ),
    )

  def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
    """The state before the first step."""
    with v1.name_scope(type(self).__name__ + 'ZeroState'):
      cell_state = self._initial_cell_state
      if cell_state is None:
        cell_state = self._cell.zero_state(batch_size, dtype)
      with tf.control_dependencies(self._checks(batch_size, cell_state)):
        cell_state = tf.nest.map_structure(tf.identity, cell_state)
      alignments = [
        each.initial_alignments(batch_size, dtype)
        for each in self._attention_mechanisms
      ]
      return AttentionWrapperState(
        cell_state=cell_state,
        time=tf.zeros([], tf.int32),
        attention=tf.zeros([batch_size, self._attention_layer_size], dtype),
        alignments=self._packed(alignments),
        attention_state=self._packed(
          each.initial_state(batch_size, dtype)
          for each in self._attention_mechanisms
        ),
        alignment_history=self._packed(
          tf.TensorArray(
            dtype, size=0, dynamic_size=True, element_shape=each.shape
          )
          if self._alignment_history
          else ()
          for each in alignments
        ),
      )

  def _checks(self, batch_size: Any, cell_state: Any) -> list[Any]:
    """Fail where the parts do not agree on the batch size."""
    message = (
      'When calling zero_state of AttentionWrapper: Non-matching batch sizes '
      'between the memory (encoder output) and the requested batch size. Are '
      'you using the BeamSearchDecoder? If so, tile the memory and its lengths '
      'via tf.contrib.seq2seq.tile_batch, and give zero_state batch_size * '
      'beam_width.'
    )
    checks = [
      v1.assert_equal(batch_size, each.batch_size, message=message)
      for each in self._attention_mechanisms
    ]
    if self._initial_cell_state is not None:
      first = tf.nest.flatten(cell_state)[-1]
      checks.append(
        v1.assert_equal(
          batch_size,
          attention.size_of(first, 0),
          message=message,
        )
      )
    return [each for each in checks if each is not None]

  @tf.autograph.experimental.do_not_convert
  def call(self, inputs: Any, state: AttentionWrapperState) -> Any:
    if not isinstance(state, AttentionWrapperState):
      raise TypeError(
        f'The state is of type {type(state).__name__}; an AttentionWrapper '
        'takes an AttentionWrapperState, which its `zero_state` makes.'
      )
    output, cell_state = self._cell(
      self._cell_input_fn(inputs, state.attention), state.cell_state
    )
    read, alignments, states, histories = [], [], [], []
    for mechanism, layer, before, history in zip(
      self._attention_mechanisms,
      self._attention_layers,
      self._unpacked(state.attention_state),
      self._unpacked(state.alignment_history),
      strict=True,
    ):
      value, weights, after = self._attention_fn(
        mechanism, output, before, layer
      )
      read.append(value)
      alignments.append(weights)
      states.append(after)
      histories.append(
        history.write(state.time, weights) if self._alignment_history else ()
      )
    together = tf.concat(read, 1)
    return together if self._output_attention else output, (
      AttentionWrapperState(
        time=state.time + 1,
        cell_state=cell_state,
        attention=together,
        attention_state=self._packed(states),
        alignments=self._packed(alignments),
        alignment_history=self._packed(histories),
      )
    )


def _layers_of(
  mechanisms: list[Any], size: Any, layer: Any
) -> tuple[list[Any], list[int]]:
  """The layers over what was read, or None for each, and their sizes."""
  if size is not None and layer is not None:
    raise ValueError(
      '`attention_layer_size` and `attention_layer` are both given; give one.'
    )
  if size is None and layer is None:
    depths = [int(each.values.shape[-1]) for each in mechanisms]
    return [None] * len(mechanisms), depths
  made = _listed(size if layer is None else layer)
  if len(made) != len(mechanisms):
    raise ValueError(
      f'There are {len(made)} attention layers for {len(mechanisms)} attention '
      'mechanisms; give `attention_layer_size` or `attention_layer` one entry '
      'for each.'
    )
  if layer is None:
    return [
      layers.Dense(
        each, name='attention_layer', use_bias=False, dtype=mechanism.dtype
      )
      for each, mechanism in zip(made, mechanisms, strict=True)
    ], made
  return made, [
    int(
      tf.TensorShape(
        each.compute_output_shape(
          [
            None,
            int(mechanism.keys.shape[-1]) + int(mechanism.values.shape[-1]),
          ]
        )
      )[-1]
    )
    for each, mechanism in zip(made, mechanisms, strict=True)
  ]
