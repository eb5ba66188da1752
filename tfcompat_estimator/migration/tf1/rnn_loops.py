"""Runs recurrent cells over sequences as `tf.contrib.rnn` did."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def transpose_batch_time(x: Any) -> tf.Tensor:
  """(batch, steps, ...) of (steps, batch, ...), or the other way around."""
  x = tf.convert_to_tensor(x)
  if x.shape.rank is not None and x.shape.rank < 2:
    return x
  rank = tf.rank(x)
  turned = tf.transpose(x, tf.concat(([1, 0], tf.range(2, rank)), 0))
  if x.shape.rank is not None:
    turned.set_shape([x.shape[1], x.shape[0], *x.shape[2:]])
  return turned


def _layers(
  cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any
) -> list[dict[str, Any]]:
  """Of each layer the arguments of a bidirectional RNN."""
  for name, cells in (('cells_fw', cells_fw), ('cells_bw', cells_bw)):
    if not isinstance(cells, list) or not cells:
      raise ValueError(
        f'`{name}` is {cells!r}; give a list of at least one cell.'
      )
  count = len(cells_fw)
  if len(cells_bw) != count:
    raise ValueError(
      f'`cells_fw` has {count} cells, `cells_bw` has {len(cells_bw)}; give as '
      'many of each.'
    )
  for name, states in (
    ('initial_states_fw', states_fw),
    ('initial_states_bw', states_bw),
  ):
    if states is not None and (
      not isinstance(states, list) or len(states) != count
    ):
      raise ValueError(
        f'`{name}` is {states!r}; give a list of {count} states, one for each '
        'layer.'
      )
  none = [None] * count
  return [
    {
      'cell_fw': cell_fw,
      'cell_bw': cell_bw,
      'initial_state_fw': state_fw,
      'initial_state_bw': state_bw,
    }
    for cell_fw, cell_bw, state_fw, state_bw in zip(
      cells_fw, cells_bw, states_fw or none, states_bw or none, strict=True
    )
  ]


def _stacked(
  run: Callable[[Any, Any, Mapping[str, Any]], Any],
  layers: list[dict[str, Any]],
  inputs: Any,
  scope: Any,
) -> Any:
  """Runs each layer over the last one's outputs."""
  states = []
  with v1.variable_scope(scope or 'stack_bidirectional_rnn'):
    for index, layer in enumerate(layers):
      with v1.variable_scope(f'cell_{index}') as layer_scope:
        inputs, *state = run(inputs, layer_scope, layer)
      states.append(state)
  return inputs, *zip(*states, strict=True)


def stack_bidirectional_dynamic_rnn(
  cells_fw: Any,
  cells_bw: Any,
  inputs: Any,
  initial_states_fw: Any = None,
  initial_states_bw: Any = None,
  dtype: Any = None,
  sequence_length: Any = None,
  parallel_iterations: Any = None,
  time_major: bool = False,
  scope: Any = None,
  swap_memory: bool = False,
) -> Any:
  """Layers of `tf.nn.bidirectional_dynamic_rnn`, each over the last one's outputs.

  Returns:
    The last layer's outputs, forward and backward side by side; and a tuple of
    final states for each direction, one state for each layer.
  """

  def run(inputs: Any, unused_scope: Any, layer: Mapping[str, Any]) -> Any:
    outputs, (state_fw, state_bw) = v1.nn.bidirectional_dynamic_rnn(
      inputs=inputs,
      sequence_length=sequence_length,
      parallel_iterations=parallel_iterations,
      dtype=dtype,
      swap_memory=swap_memory,
      time_major=time_major,
      **layer,
    )
    return tf.concat(outputs, 2), state_fw, state_bw

  cells = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
  return _stacked(run, cells, inputs, scope)


def stack_bidirectional_rnn(
  cells_fw: Any,
  cells_bw: Any,
  inputs: Any,
  initial_states_fw: Any = None,
  initial_states_bw: Any = None,
  dtype: Any = None,
  sequence_length: Any = None,
  scope: Any = None,
) -> Any:
  """The same over a list of steps, by `tf.nn.static_bidirectional_rnn`."""

  def run(inputs: Any, layer_scope: Any, layer: Mapping[str, Any]) -> Any:
    return v1.nn.static_bidirectional_rnn(
      inputs=inputs,
      sequence_length=sequence_length,
      dtype=dtype,
      scope=layer_scope,
      **layer,
    )

  cells = _layers(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
  return _stacked(run, cells, inputs, scope)


class FusedRNNCellAdaptor:
  """Runs an ordinary cell over (steps, batch, size), as fused cells are run."""

  def __init__(self, cell: Any, use_dynamic_rnn: bool = False):
    """Takes the cell; `use_dynamic_rnn`: in a loop, not step by step."""
    self._cell = cell
    self._use_dynamic_rnn = use_dynamic_rnn

  def __call__(
    self,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
  ) -> Any:
    is_list = isinstance(inputs, list)
    if self._use_dynamic_rnn:
      stacked = tf.stack(inputs) if is_list else inputs
      outputs, state = v1.nn.dynamic_rnn(
        self._cell,
        stacked,
        sequence_length=sequence_length,
        initial_state=initial_state,
        dtype=dtype,
        time_major=True,
        scope=scope,
      )
      return (tf.unstack(outputs) if is_list else outputs), state
    steps = inputs if is_list else tf.unstack(inputs)
    outputs, state = v1.nn.static_rnn(
      self._cell,
      steps,
      initial_state=initial_state,
      dtype=dtype,
      sequence_length=sequence_length,
      scope=scope,
    )
    return (outputs if is_list else tf.stack(outputs)), state


class TimeReversedFusedRNN:
  """Runs a fused cell from the last step to the first."""

  def __init__(self, cell: Any):
    """Takes the cell."""
    self._cell = cell

  def _reversed(self, values: Any, lengths: Any) -> Any:
    if isinstance(values, list):
      return tf.unstack(self._reversed(tf.stack(values), lengths))
    if lengths is None:
      return tf.reverse(values, [0])
    return tf.reverse_sequence(values, lengths, seq_axis=0, batch_axis=1)

  def __call__(
    self,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
  ) -> Any:
    turned = self._reversed(inputs, sequence_length)
    outputs, state = self._cell(
      turned,
      initial_state=initial_state,
      dtype=dtype,
      sequence_length=sequence_length,
      **({'scope': scope} if scope is not None else {}),
    )
    return self._reversed(outputs, sequence_length), state
