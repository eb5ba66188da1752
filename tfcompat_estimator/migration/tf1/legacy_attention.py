"""Decoders that read the encoder's outputs: `tf.contrib.legacy_seq2seq`.

Their variables are called as in TensorFlow 1.15.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import legacy_sequences, rnn_cells

v1 = tf.compat.v1


class _Attention:
  """Reads states by a query, once for each head."""

  def __init__(self, states: Any, heads: int, dtype: Any):
    """Makes the variables of heads in the scope.

    Args:
      states: (batch, steps, size).
      heads: How many.
      dtype: Of the variables.
    """
    if states.shape[2] is None:
      raise ValueError(
        f'Shape[2] of attention_states must be known: {states.shape}'
      )
    self.size, self._states = int(states.shape[2]), states
    self._keys, self._v = [], []
    for head in range(heads):
      weights = v1.get_variable(
        f'AttnW_{head}', [1, 1, self.size, self.size], dtype=dtype
      )
      self._keys.append(tf.einsum('bts,sk->btk', states, weights[0, 0]))
      self._v.append(v1.get_variable(f'AttnV_{head}', [self.size], dtype=dtype))

  def __call__(self, query: Any) -> list[Any]:
    """What each head reads: (batch, size)."""
    together = tf.concat(tf.nest.flatten(query), 1)
    found = []
    for head, (keys, v) in enumerate(zip(self._keys, self._v, strict=True)):
      with v1.variable_scope(f'Attention_{head}'):
        wanted = rnn_cells.linear_of(together, self.size, True)
      wanted = tf.cast(wanted, keys.dtype)[:, tf.newaxis]
      scores = tf.reduce_sum(v * tf.tanh(keys + wanted), 2)
      parts = tf.cast(tf.nn.softmax(tf.cast(scores, tf.float32)), keys.dtype)
      found.append(tf.reduce_sum(parts[..., tf.newaxis] * self._states, 1))
    return found


def attention_decoder(
  decoder_inputs: list[Any],
  initial_state: Any,
  attention_states: Any,
  cell: Any,
  output_size: int | None = None,
  num_heads: int = 1,
  loop_function: Callable[[Any, int], Any] | None = None,
  dtype: Any = None,
  scope: Any = None,
  initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
  """Calls a cell step by step, over inputs and what it reads of states.

  Args:
    decoder_inputs: (batch, size) of each step.
    initial_state: Of the cell.
    attention_states: (batch, steps, size); the size must be known.
    cell: An RNNCell.
    output_size: Of the outputs; that of the cell if not given.
    num_heads: How often states are read at each step.
    loop_function: As of `rnn_decoder`.
    dtype: Of the variables; that of the scope if not given.
    scope: Of the variables.
    initial_state_attention: Whether the first step reads states, too.

  Returns:
    (the outputs, the final state).
  """
  if not decoder_inputs:
    raise ValueError('Must provide at least 1 input to attention decoder.')
  if num_heads < 1:
    raise ValueError('With less than 1 heads, use a non-attention decoder.')
  size = cell.output_size if output_size is None else output_size
  with v1.variable_scope(scope or 'attention_decoder', dtype=dtype) as opened:
    attention = _Attention(attention_states, num_heads, opened.dtype)
    batch = tf.shape(decoder_inputs[0])[0]
    nothing = tf.zeros([batch, attention.size], opened.dtype)
    nothing.set_shape([None, attention.size])
    read = [nothing] * num_heads
    state, outputs = initial_state, list[Any]()
    if initial_state_attention:
      read = attention(state)
    for step, inputs in enumerate(decoder_inputs):
      if outputs:
        v1.get_variable_scope().reuse_variables()
        if loop_function is not None:
          with v1.variable_scope('loop_function', reuse=True):
            inputs = loop_function(outputs[-1], step)
      parts = [tf.cast(part, opened.dtype) for part in [inputs, *read]]
      merged = rnn_cells.linear_of(parts, int(inputs.shape[1]), True)
      output, state = cell(merged, state)
      known = True if initial_state_attention or outputs else None
      with v1.variable_scope(v1.get_variable_scope(), reuse=known):
        read = attention(state)
      with v1.variable_scope('AttnOutputProjection'):
        parts = [tf.cast(output, opened.dtype), *read]
        outputs.append(rnn_cells.linear_of(parts, size, True))
  return outputs, state


def embedding_attention_decoder(
  decoder_inputs: list[Any],
  initial_state: Any,
  attention_states: Any,
  cell: Any,
  num_symbols: int,
  embedding_size: int,
  num_heads: int = 1,
  output_size: int | None = None,
  output_projection: Any = None,
  feed_previous: bool = False,
  update_embedding_for_previous: bool = True,
  dtype: Any = None,
  scope: Any = None,
  initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
  """`attention_decoder` over symbols: (batch,) of each step."""
  name = scope or 'embedding_attention_decoder'
  with v1.variable_scope(name, dtype=dtype):
    embedding = v1.get_variable('embedding', [num_symbols, embedding_size])
    return attention_decoder(
      [v1.nn.embedding_lookup(embedding, ids) for ids in decoder_inputs],
      initial_state,
      attention_states,
      cell,
      output_size,
      num_heads,
      legacy_sequences.feeder(
        embedding, output_projection, update_embedding_for_previous
      )
      if feed_previous
      else None,
      initial_state_attention=initial_state_attention,
    )


def embedding_attention_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  num_encoder_symbols: int,
  num_decoder_symbols: int,
  embedding_size: int,
  num_heads: int = 1,
  output_projection: Any = None,
  feed_previous: Any = False,
  dtype: Any = None,
  scope: Any = None,
  initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
  """An encoder over symbols, and a decoder that reads its outputs."""
  name = scope or 'embedding_attention_seq2seq'
  with v1.variable_scope(name, dtype=dtype) as opened:
    encoder = legacy_sequences.embedded(
      cell, num_encoder_symbols, embedding_size
    )
    outputs, state = v1.nn.static_rnn(
      encoder, encoder_inputs, dtype=opened.dtype
    )
    output_size = None
    if output_projection is None:
      cell = rnn_cells.OutputProjectionWrapper(cell, num_decoder_symbols)
      output_size = num_decoder_symbols
    return legacy_sequences.either(
      feed_previous,
      lambda feeds, updates: embedding_attention_decoder(
        decoder_inputs,
        state,
        tf.stack(outputs, 1),
        cell,
        num_decoder_symbols,
        embedding_size,
        num_heads,
        output_size,
        output_projection,
        feeds,
        updates,
        initial_state_attention=initial_state_attention,
      ),
      state,
    )
