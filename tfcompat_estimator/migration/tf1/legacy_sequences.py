"""Losses and decoders over lists of steps: `tf.contrib.legacy_seq2seq`.

Their variables are called as in TensorFlow 1.15. `feed_previous` is a bool, or
a tensor of one: then the symbols are fed back without gradients of the
embedding.
"""

import copy
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import rnn_cells

v1 = tf.compat.v1


def sequence_loss_by_example(
  logits: list[Any],
  targets: list[Any],
  weights: list[Any],
  average_across_timesteps: bool = True,
  softmax_loss_function: Callable[..., Any] | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """Weighted cross entropy of each sequence: (batch,).

  Args:
    logits: (batch, classes) of each step.
    targets: (batch,) of each step.
    weights: (batch,) of each step.
    average_across_timesteps: Divide by the weights of steps.
    softmax_loss_function: Of `labels` and `logits`, in place of cross entropy.
    name: Of the scope.
  """
  if not len(logits) == len(targets) == len(weights):
    raise ValueError(
      'Lengths of logits, weights, and targets must be the same '
      f'{len(logits)}, {len(weights)}, {len(targets)}.'
    )
  loss = softmax_loss_function or tf.nn.sparse_softmax_cross_entropy_with_logits
  with v1.name_scope(name, 'sequence_loss_by_example'):
    total = tf.add_n(
      [
        loss(labels=tf.reshape(target, [-1]), logits=logit) * weight
        for logit, target, weight in zip(logits, targets, weights, strict=True)
      ]
    )
    if average_across_timesteps:
      total /= tf.add_n(weights) + 1e-12
    return total


def sequence_loss(
  logits: list[Any],
  targets: list[Any],
  weights: list[Any],
  average_across_timesteps: bool = True,
  average_across_batch: bool = True,
  softmax_loss_function: Callable[..., Any] | None = None,
  name: str | None = None,
) -> tf.Tensor:
  """The sum of `sequence_loss_by_example`, or its mean over the batch."""
  with v1.name_scope(name, 'sequence_loss'):
    cost = tf.reduce_sum(
      sequence_loss_by_example(
        logits,
        targets,
        weights,
        average_across_timesteps,
        softmax_loss_function,
      )
    )
    if average_across_batch:
      cost /= tf.cast(tf.shape(targets[0])[0], cost.dtype)
    return cost


def rnn_decoder(
  decoder_inputs: list[Any],
  initial_state: Any,
  cell: Any,
  loop_function: Callable[[Any, int], Any] | None = None,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """Calls a cell step by step.

  Args:
    decoder_inputs: (batch, size) of each step.
    initial_state: Of the cell.
    cell: An RNNCell.
    loop_function: Of the last output and the step's number: inputs in place
      of those given, but for the first.
    scope: Of the variables.

  Returns:
    (the outputs, the final state).
  """
  state, outputs = initial_state, list[Any]()
  with v1.variable_scope(scope or 'rnn_decoder'):
    for step, inputs in enumerate(decoder_inputs):
      if loop_function is not None and outputs:
        with v1.variable_scope('loop_function', reuse=True):
          inputs = loop_function(outputs[-1], step)
      if outputs:
        v1.get_variable_scope().reuse_variables()
      output, state = cell(inputs, state)
      outputs.append(output)
  return outputs, state


def basic_rnn_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  dtype: Any = tf.float32,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """An encoder and a decoder of the same kind of cell."""
  with v1.variable_scope(scope or 'basic_rnn_seq2seq'):
    _, state = v1.nn.static_rnn(
      copy.deepcopy(cell), encoder_inputs, dtype=dtype
    )
    return rnn_decoder(decoder_inputs, state, cell)


def feeder(
  embedding: Any, projection: Any, update_embedding: bool
) -> Callable[[Any, int], Any]:
  """A loop_function: the embedding of the last output's likeliest symbol."""

  def feed(output: Any, unused_step: int) -> Any:
    if projection is not None:
      output = v1.nn.xw_plus_b(output, *projection)
    inputs = v1.nn.embedding_lookup(embedding, tf.argmax(output, 1))
    return inputs if update_embedding else tf.stop_gradient(inputs)

  return feed


def either(
  feed_previous: Any, decode: Callable[[bool, bool], Any], like: Any
) -> tuple[list[Any], Any]:
  """Decodes in one of two ways.

  Args:
    feed_previous: Which; a tensor builds both.
    decode: Takes it, and whether fed symbols update the embedding.
    like: A structure like that of final states.
  """
  if isinstance(feed_previous, bool):
    return decode(feed_previous, True)
  count = 0

  def branch(feeds: bool) -> list[Any]:
    nonlocal count
    scope = v1.get_variable_scope()
    with v1.variable_scope(scope, reuse=None if feeds else True):
      outputs, state = decode(feeds, False)
    count = len(outputs)
    return [*outputs, *tf.nest.flatten(state)]

  flat = v1.cond(feed_previous, lambda: branch(True), lambda: branch(False))
  return flat[:count], tf.nest.pack_sequence_as(like, flat[count:])


def embedded(cell: Any, symbols: int, size: int) -> Any:
  """A cell like another, over symbols."""
  return rnn_cells.EmbeddingWrapper(
    copy.deepcopy(cell), embedding_classes=symbols, embedding_size=size
  )


def embedding_rnn_decoder(
  decoder_inputs: list[Any],
  initial_state: Any,
  cell: Any,
  num_symbols: int,
  embedding_size: int,
  output_projection: Any = None,
  feed_previous: bool = False,
  update_embedding_for_previous: bool = True,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """`rnn_decoder` over symbols: (batch,) of each step."""
  with v1.variable_scope(scope or 'embedding_rnn_decoder'):
    embedding = v1.get_variable('embedding', [num_symbols, embedding_size])
    return rnn_decoder(
      [v1.nn.embedding_lookup(embedding, ids) for ids in decoder_inputs],
      initial_state,
      cell,
      feeder(embedding, output_projection, update_embedding_for_previous)
      if feed_previous
      else None,
    )


def embedding_rnn_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  num_encoder_symbols: int,
  num_decoder_symbols: int,
  embedding_size: int,
  output_projection: Any = None,
  feed_previous: Any = False,
  dtype: Any = None,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """An encoder and a decoder over symbols."""
  with v1.variable_scope(scope or 'embedding_rnn_seq2seq') as opened:
    if dtype is not None:
      opened.set_dtype(dtype)
    encoder = embedded(cell, num_encoder_symbols, embedding_size)
    _, state = v1.nn.static_rnn(encoder, encoder_inputs, dtype=opened.dtype)
    if output_projection is None:
      cell = rnn_cells.OutputProjectionWrapper(cell, num_decoder_symbols)
    return either(
      feed_previous,
      lambda feeds, updates: embedding_rnn_decoder(
        decoder_inputs,
        state,
        cell,
        num_decoder_symbols,
        embedding_size,
        output_projection,
        feeds,
        updates,
      ),
      state,
    )


def tied_rnn_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  loop_function: Callable[[Any, int], Any] | None = None,
  dtype: Any = tf.float32,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """An encoder and a decoder of the same variables."""
  with v1.variable_scope('combined_tied_rnn_seq2seq'):
    scope = scope or 'tied_rnn_seq2seq'
    _, state = v1.nn.static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
    v1.get_variable_scope().reuse_variables()
    return rnn_decoder(decoder_inputs, state, cell, loop_function, scope)


def embedding_tied_rnn_seq2seq(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  cell: Any,
  num_symbols: int,
  embedding_size: int,
  num_decoder_symbols: int | None = None,
  output_projection: Any = None,
  feed_previous: Any = False,
  dtype: Any = None,
  scope: Any = None,
) -> tuple[list[Any], Any]:
  """The same over symbols, with one embedding for both."""
  name = scope or 'embedding_tied_rnn_seq2seq'
  with v1.variable_scope(name, dtype=dtype) as opened:
    embedding = v1.get_variable(
      'embedding', [num_symbols, embedding_size], dtype=opened.dtype
    )
    sources, targets = (
      [v1.nn.embedding_lookup(embedding, ids) for ids in steps]
      for steps in (encoder_inputs, decoder_inputs)
    )
    if output_projection is None:
      cell = rnn_cells.OutputProjectionWrapper(
        cell,
        num_symbols if num_decoder_symbols is None else num_decoder_symbols,
      )
    return either(
      feed_previous,
      lambda feeds, updates: tied_rnn_seq2seq(
        sources,
        targets,
        cell,
        feeder(embedding, output_projection, updates) if feeds else None,
        opened.dtype,
      ),
      cell.state_size,
    )


def model_with_buckets(
  encoder_inputs: list[Any],
  decoder_inputs: list[Any],
  targets: list[Any],
  weights: list[Any],
  buckets: list[tuple[int, int]],
  seq2seq: Callable[[list[Any], list[Any]], tuple[list[Any], Any]],
  softmax_loss_function: Callable[..., Any] | None = None,
  per_example_loss: bool = False,
  name: str | None = None,
) -> tuple[list[list[Any]], list[Any]]:
  """A model of the first steps of each bucket, all with the same variables.

  Args:
    encoder_inputs: Of each step.
    decoder_inputs: Of each step.
    targets: (batch,) of each step.
    weights: (batch,) of each step.
    buckets: (steps of the encoder, steps of the decoder), the longest last.
    seq2seq: Takes inputs of both; returns outputs and a state.
    softmax_loss_function: As of `sequence_loss`.
    per_example_loss: A loss of each sequence, not of the batch.
    name: Of the scope.

  Returns:
    (the outputs, the losses), of each bucket.
  """
  for what, steps, longest in [
    ('encoder_inputs', encoder_inputs, buckets[-1][0]),
    ('targets', targets, buckets[-1][1]),
    ('weights', weights, buckets[-1][1]),
  ]:
    if len(steps) < longest:
      raise ValueError(
        f'Length of {what} ({len(steps)}) must be at least that of last '
        f'bucket ({longest}).'
      )
  loss = sequence_loss_by_example if per_example_loss else sequence_loss
  outputs, losses = list[list[Any]](), list[Any]()
  with v1.name_scope(name, 'model_with_buckets'):
    for before, after in buckets:
      scope = v1.get_variable_scope()
      with v1.variable_scope(scope, reuse=True if outputs else None):
        found, _ = seq2seq(encoder_inputs[:before], decoder_inputs[:after])
        outputs.append(found)
        losses.append(
          loss(
            found,
            targets[:after],
            weights[:after],
            softmax_loss_function=softmax_loss_function,
          )
        )
  return outputs, losses
