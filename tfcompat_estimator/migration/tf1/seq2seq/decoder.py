"""Decoders, and the loop that runs one until all sequences are finished."""

import contextlib
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import rnn_loops

v1 = tf.compat.v1


class Decoder:
  """What `dynamic_decode` calls, step by step."""

  @property
  def batch_size(self) -> Any:
    """The number of sequences."""
    raise NotImplementedError

  @property
  def output_size(self) -> Any:
    """The shapes, without the batch, of what a step gives."""
    raise NotImplementedError

  @property
  def output_dtype(self) -> Any:
    """The types of what a step gives."""
    raise NotImplementedError

  def initialize(self, name: str | None = None) -> Any:
    """(finished, the first inputs, the first state)."""
    raise NotImplementedError

  def step(
    self, time: Any, inputs: Any, state: Any, name: str | None = None
  ) -> Any:
    """(outputs, the next state, the next inputs, finished)."""
    raise NotImplementedError

  def finalize(
    self, outputs: Any, final_state: Any, sequence_lengths: Any
  ) -> Any:
    """(outputs, state) after the last step; need not be there."""
    raise NotImplementedError

  @property
  def tracks_own_finished(self) -> bool:
    """Whether a sequence that was finished may not be so after a step."""
    return False


def _zeros(decoder: Decoder) -> Any:
  """What a step gives of a sequence that is finished."""

  def zero(size: Any, dtype: Any) -> tf.Tensor:
    shape = tf.TensorShape(size).as_list()
    return tf.zeros([decoder.batch_size, *shape], dtype)

  return tf.nest.map_structure(zero, decoder.output_size, decoder.output_dtype)


def _kept(finished: tf.Tensor, new: Any, old: Any) -> Any:
  """A part of the state: as it was, where a sequence is finished."""
  if isinstance(new, tf.TensorArray):
    return new
  new.set_shape(old.shape)
  return new if new.shape.rank == 0 else v1.where(finished, old, new)


def _step(
  decoder: Decoder, impute_finished: bool, zeros: Any, values: Any
) -> Any:
  """The body of the loop."""
  time, arrays, state, inputs, finished, lengths = values
  outputs, next_state, next_inputs, done = decoder.step(time, inputs, state)
  if not decoder.tracks_own_finished:
    done = tf.logical_or(done, finished)
  lengths = tf.where(finished, lengths, tf.fill(tf.shape(lengths), time + 1))
  tf.nest.assert_same_structure(state, next_state)
  tf.nest.assert_same_structure(inputs, next_inputs)
  tf.nest.assert_same_structure(zeros, outputs)
  if impute_finished:
    outputs = tf.nest.map_structure(
      lambda output, zero: v1.where(finished, zero, output), outputs, zeros
    )
    next_state = tf.nest.map_structure(
      lambda new, old: _kept(finished, new, old), next_state, state
    )
  arrays = [
    array.write(time, output)
    for array, output in zip(arrays, tf.nest.flatten(outputs), strict=True)
  ]
  return time + 1, arrays, next_state, next_inputs, done, lengths


def dynamic_decode(
  decoder: Decoder,
  output_time_major: bool = False,
  impute_finished: bool = False,
  maximum_iterations: Any = None,
  parallel_iterations: int = 32,
  swap_memory: bool = False,
  scope: Any = None,
  **kwargs: Any,
) -> tuple[Any, Any, Any]:
  """Runs a decoder until all sequences are finished.

  Args:
    decoder: A `Decoder`.
    output_time_major: Outputs are (time, batch, ...), not (batch, time, ...).
    impute_finished: What is finished gives zeros, and its state stays.
    maximum_iterations: The most steps, if given.
    parallel_iterations: Of the loop.
    swap_memory: Of the loop.
    scope: Of the variables, 'decoder' if not given.
    **kwargs: None is known here.

  Returns:
    (outputs, the final state, the lengths of the sequences).
  """
  if not isinstance(decoder, Decoder):
    raise TypeError(
      f'Expected decoder to be type Decoder, but saw: {type(decoder)}'
    )
  if kwargs:
    raise TypeError(f'dynamic_decode knows no {sorted(kwargs)}: leave it out.')
  with v1.variable_scope(scope, 'decoder'):
    if maximum_iterations is not None:
      maximum_iterations = tf.convert_to_tensor(
        maximum_iterations, tf.int32, name='maximum_iterations'
      )
      if maximum_iterations.shape.rank != 0:
        raise ValueError('maximum_iterations must be a scalar')
    finished, inputs, state = decoder.initialize()
    zeros = _zeros(decoder)
    if maximum_iterations is not None:
      finished = tf.logical_or(finished, maximum_iterations <= 0)
    arrays = [
      tf.TensorArray(
        zero.dtype,
        size=0,
        dynamic_size=True,
        element_shape=[
          tf.get_static_value(tf.convert_to_tensor(decoder.batch_size)),
          *zero.shape.as_list()[1:],
        ],
      )
      for zero in tf.nest.flatten(zeros)
    ]
    lengths = tf.zeros_like(finished, tf.int32)
    done = v1.while_loop(
      lambda *values: tf.logical_not(tf.reduce_all(values[4])),
      lambda *values: _step(decoder, impute_finished, zeros, values),
      (tf.constant(0), arrays, state, inputs, finished, lengths),
      parallel_iterations=parallel_iterations,
      maximum_iterations=maximum_iterations,
      swap_memory=swap_memory,
    )
    outputs = tf.nest.pack_sequence_as(
      zeros, [array.stack() for array in done[1]]
    )
    state, lengths = done[2], done[5]
    with contextlib.suppress(NotImplementedError):
      outputs, state = decoder.finalize(outputs, state, lengths)
    if not output_time_major:
      outputs = tf.nest.map_structure(rnn_loops.transpose_batch_time, outputs)
    return outputs, state, lengths
