"""A decoder that keeps the best of several sequences."""

import collections
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import (
  attention_wrapper,
  beams,
  checks,
  decoder,
  helpers,
)

v1 = tf.compat.v1


class BeamSearchDecoderState(
  collections.namedtuple(
    'BeamSearchDecoderState',
    (
      'cell_state',
      'log_probs',
      'finished',
      'lengths',
      'accumulated_attention_probs',
    ),
  )
):
  """The state of all beams."""

  __slots__ = ()


class BeamSearchDecoderOutput(
  collections.namedtuple(
    'BeamSearchDecoderOutput', ('scores', 'predicted_ids', 'parent_ids')
  )
):
  """What a step gives."""

  __slots__ = ()


class FinalBeamSearchDecoderOutput(
  collections.namedtuple(
    'FinalBeamDecoderOutput', ('predicted_ids', 'beam_search_decoder_output')
  )
):
  """Whole sequences, the best first, and what the steps gave."""

  __slots__ = ()


class BeamSearchDecoder(decoder.Decoder):
  """Keeps `beam_width` sequences of each example."""

  def __init__(
    self,
    cell: Any,
    embedding: Any,
    start_tokens: Any,
    end_token: Any,
    initial_state: Any,
    beam_width: int,
    output_layer: Any = None,
    length_penalty_weight: float = 0.0,
    coverage_penalty_weight: float = 0.0,
    reorder_tensor_arrays: bool = True,
  ):
    """Makes it.

    Args:
      cell: An RNNCell.
      embedding: A matrix, or a function of ids.
      start_tokens: (batch,), int32.
      end_token: What ends a sequence.
      initial_state: Of the cell, for `tile_batch`ed examples.
      beam_width: The number of sequences.
      output_layer: A layer on top of the cell's outputs, if any.
      length_penalty_weight: Above 0 longer sequences are preferred.
      coverage_penalty_weight: Above 0 all of the memory is to be looked at.
      reorder_tensor_arrays: Sort the histories of attention, too.
    """
    checks.layer('output_layer', output_layer)
    self._cell = cell
    self._output_layer = output_layer
    self._reorder_tensor_arrays = reorder_tensor_arrays
    self._embedding_fn = helpers.embedding_function(embedding)
    self._start_tokens = checks.vector('start_tokens', start_tokens, tf.int32)
    self._end_token = checks.scalar('end_token', end_token, tf.int32)
    size = self._start_tokens.shape.as_list()[0]
    self._batch_size = tf.size(self._start_tokens) if size is None else size
    self._beam_width = beam_width
    self._length_penalty_weight = length_penalty_weight
    self._coverage_penalty_weight = coverage_penalty_weight
    self._initial_cell_state = tf.nest.map_structure(self._split, initial_state)
    tokens = tf.tile(self._start_tokens[:, tf.newaxis], [1, beam_width])
    self._start_inputs = self._embedding_fn(tokens)
    self._dtype = tf.nest.flatten(self._initial_cell_state)[0].dtype

  @property
  def batch_size(self) -> Any:
    return self._batch_size

  @property
  def output_size(self) -> Any:
    shape = tf.TensorShape([self._beam_width])
    return BeamSearchDecoderOutput(shape, shape, shape)

  @property
  def output_dtype(self) -> Any:
    return BeamSearchDecoderOutput(self._dtype, tf.int32, tf.int32)

  @property
  def tracks_own_finished(self) -> bool:
    return True

  def _split(self, values: Any) -> Any:
    if isinstance(values, tf.TensorArray) or values.shape.rank == 0:
      return values
    return beams.split(values, self._batch_size, self._beam_width)

  def _merge(self, values: Any) -> Any:
    if isinstance(values, tf.TensorArray) or values.shape.rank == 0:
      return values
    return beams.merge(values)

  def initialize(self, name: str | None = None) -> Any:
    shape = [self._batch_size, self._beam_width]
    first = tf.one_hot(
      tf.zeros([self._batch_size], tf.int32),
      self._beam_width,
      on_value=True,
      off_value=False,
      dtype=tf.bool,
    )
    covered = _looked_at(
      self._initial_cell_state, self._coverage_penalty_weight
    )
    state = BeamSearchDecoderState(
      cell_state=self._initial_cell_state,
      log_probs=tf.where(
        first,
        tf.zeros(shape, self._dtype),
        tf.fill(shape, tf.constant(float('-inf'), self._dtype)),
      ),
      finished=tf.logical_not(first),
      lengths=tf.zeros(shape, tf.int64),
      accumulated_attention_probs=() if covered is None else covered,
    )
    return tf.logical_not(first), self._start_inputs, state

  def step(
    self, time: Any, inputs: Any, state: Any, name: str | None = None
  ) -> Any:
    with v1.name_scope(name, 'BeamSearchDecoderStep', [time, inputs, state]):
      outputs, cell_state = self._cell(
        tf.nest.map_structure(self._merge, inputs),
        tf.nest.map_structure(self._merge, state.cell_state),
      )
      if self._output_layer is not None:
        outputs = self._output_layer(outputs)
      logits = self._split(outputs)
      cell_state = tf.nest.map_structure(self._split, cell_state)
      output, state = self._best(logits, cell_state, state)
      inputs = v1.cond(
        tf.reduce_all(state.finished),
        lambda: self._start_inputs,
        lambda: self._embedding_fn(output.predicted_ids),
      )
      return output, state, inputs, state.finished

  def _best(
    self, logits: tf.Tensor, cell_state: Any, before: BeamSearchDecoderState
  ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
    """What is kept of all ways on."""
    alive = tf.logical_not(before.finished)
    words = logits.shape.as_list()[-1]
    words = tf.shape(logits)[-1] if words is None else words
    is_end = tf.one_hot(self._end_token, words, True, False, dtype=tf.bool)
    # A sequence that has ended goes on in one way: it ends again.
    stays = tf.where(is_end, tf.zeros([], logits.dtype), logits.dtype.min)
    log_probs = tf.where(
      alive[:, :, tf.newaxis], tf.nn.log_softmax(logits), stays
    )
    totals = before.log_probs[:, :, tf.newaxis] + log_probs
    added = tf.cast(
      tf.logical_and(alive[:, :, tf.newaxis], tf.logical_not(is_end)), tf.int64
    )
    lengths = before.lengths[:, :, tf.newaxis] + added
    covered = _looked_at(cell_state, self._coverage_penalty_weight)
    if covered is not None:
      covered = before.accumulated_attention_probs + covered * tf.cast(
        alive[:, :, tf.newaxis], covered.dtype
      )
    scores = self._scores(totals, lengths, covered, before.finished)
    flat = tf.reshape(scores, [self._batch_size, -1])
    best, places = tf.math.top_k(flat, k=self._beam_width)
    shape = [tf.get_static_value(self._batch_size), self._beam_width]
    best.set_shape(shape)
    places.set_shape(shape)
    ids, parents = places % words, places // words

    def chosen(values: Any) -> Any:
      if isinstance(values, tf.TensorArray) or values.shape.rank < 2:
        return values
      picked = tf.gather(values, parents, batch_dims=1)
      picked.set_shape(values.shape)
      return picked

    was = chosen(before.finished)
    return BeamSearchDecoderOutput(best, ids, parents), BeamSearchDecoderState(
      cell_state=tf.nest.map_structure(chosen, cell_state),
      log_probs=tf.gather(
        tf.reshape(totals, [self._batch_size, -1]), places, batch_dims=1
      ),
      finished=tf.logical_or(was, tf.equal(ids, self._end_token)),
      lengths=chosen(before.lengths) + tf.cast(tf.logical_not(was), tf.int64),
      accumulated_attention_probs=() if covered is None else chosen(covered),
    )

  def _scores(
    self,
    totals: tf.Tensor,
    lengths: tf.Tensor,
    covered: Any,
    finished: tf.Tensor,
  ) -> tf.Tensor:
    """Log probabilities with the penalties for length and coverage."""
    weight = tf.get_static_value(
      tf.convert_to_tensor(self._length_penalty_weight)
    )
    scores = totals
    if weight is None or weight != 0:
      scores = totals / tf.cast(
        ((5.0 + tf.cast(lengths, tf.float32)) / 6.0)
        ** tf.cast(self._length_penalty_weight, tf.float32),
        totals.dtype,
      )
    if covered is None:
      return scores
    # Steps never looked at are taken for padding; only what is finished pays.
    covered = tf.where(tf.equal(covered, 0), tf.ones_like(covered), covered)
    penalty = tf.reduce_sum(tf.math.log(tf.minimum(covered, 1.0)), 2)
    penalty *= tf.cast(finished, penalty.dtype) * self._coverage_penalty_weight
    return scores + penalty[:, :, tf.newaxis]

  def _can_sort(self, history: tf.TensorArray) -> bool:
    """Whether a history is sorted: the conditions of TensorFlow 1.15.

    It left those alone whose shape is wholly known, as (batch * beams, steps)
    is where nothing is fed; programs know which of both they get.
    """
    if not history.element_shape.rank:
      return False
    batch = tf.get_static_value(self._batch_size)
    first, *rest = history.element_shape.as_list()
    if batch is None or first is None:
      return True
    if rest and rest[0] is not None:
      return (first, rest[0]) == (batch, self._beam_width)
    return bool(first == batch * self._beam_width)

  def finalize(
    self, outputs: Any, final_state: Any, sequence_lengths: Any
  ) -> Any:
    ids = beams.gather_tree(
      outputs.predicted_ids,
      outputs.parent_ids,
      tf.reduce_max(final_state.lengths, axis=1),
      self._end_token,
    )
    if self._reorder_tensor_arrays:

      def ordered(values: Any) -> Any:
        if not isinstance(values, tf.TensorArray) or not self._can_sort(values):
          return values
        return beams.sorted_history(
          values.stack(), outputs.parent_ids, final_state.lengths
        )

      final_state = final_state._replace(
        cell_state=tf.nest.map_structure(ordered, final_state.cell_state)
      )
    return FinalBeamSearchDecoderOutput(ids, outputs), final_state


def _looked_at(cell_state: Any, weight: Any) -> Any:
  """How much a step looked at each step of the memory; None if not asked."""
  if not isinstance(weight, tf.Tensor) and weight == 0:
    return None
  states = [cell_state]
  if not isinstance(cell_state, attention_wrapper.AttentionWrapperState):
    states = [
      each
      for each in (cell_state if isinstance(cell_state, tuple) else ())
      if isinstance(each, attention_wrapper.AttentionWrapperState)
    ]
  if not states:
    raise ValueError(
      f'`coverage_penalty_weight` is {weight}, but the cell has no '
      'AttentionWrapperState, so that nothing is covered. Leave it at 0.0, or '
      'wrap the cell in an AttentionWrapper.'
    )

  def mean(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else tf.add_n(values) / len(values)

  return mean(
    [
      mean(list(each.alignments))
      if isinstance(each.alignments, tuple)
      else each.alignments
      for each in states
    ]
  )
