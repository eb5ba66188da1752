"""The decoder that asks a helper what a step gets next."""

import collections
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import checks, decoder, helpers

v1 = tf.compat.v1


class BasicDecoderOutput(
  collections.namedtuple('BasicDecoderOutput', ('rnn_output', 'sample_id'))
):
  """What a step gives."""

  __slots__ = ()


def output_shape(cell: Any, output_layer: Any) -> Any:
  """The shape of a cell's output after a layer, without the batch."""
  size = cell.output_size
  if output_layer is None:
    return size

  def after(shape: Any) -> tf.TensorShape:
    dims = tf.TensorShape(shape).as_list()
    return tf.TensorShape(output_layer.compute_output_shape([1, *dims]))[1:]

  return tf.nest.map_structure(after, size)


class BasicDecoder(decoder.Decoder):
  """A cell, fed by a helper."""

  def __init__(
    self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None
  ):
    """Makes it.

    Args:
      cell: An RNNCell.
      helper: A `Helper`.
      initial_state: Of the cell.
      output_layer: A layer on top of the cell's outputs, if any.
    """
    if not isinstance(helper, helpers.Helper):
      raise TypeError(
        f'`helper` is of type {type(helper).__name__}; give a '
        'tf.contrib.seq2seq.Helper.'
      )
    checks.layer('output_layer', output_layer)
    self._cell = cell
    self._helper = helper
    self._initial_state = initial_state
    self._output_layer = output_layer

  @property
  def batch_size(self) -> Any:
    return self._helper.batch_size

  @property
  def output_size(self) -> Any:
    return BasicDecoderOutput(
      output_shape(self._cell, self._output_layer),
      self._helper.sample_ids_shape,
    )

  @property
  def output_dtype(self) -> Any:
    dtype = tf.nest.flatten(self._initial_state)[0].dtype
    return BasicDecoderOutput(
      tf.nest.map_structure(lambda _: dtype, self._cell.output_size),
      self._helper.sample_ids_dtype,
    )

  def initialize(self, name: str | None = None) -> Any:
    return (*self._helper.initialize(), self._initial_state)

  def step(
    self, time: Any, inputs: Any, state: Any, name: str | None = None
  ) -> Any:
    with v1.name_scope(name, 'BasicDecoderStep', [time, inputs, state]):
      outputs, state = self._cell(inputs, state)
      if self._output_layer is not None:
        outputs = self._output_layer(outputs)
      ids = self._helper.sample(time=time, outputs=outputs, state=state)
      finished, inputs, state = self._helper.next_inputs(
        time=time, outputs=outputs, state=state, sample_ids=ids
      )
      return BasicDecoderOutput(outputs, ids), state, inputs, finished
