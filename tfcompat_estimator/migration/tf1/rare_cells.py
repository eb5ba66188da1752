"""Recurrent cells of `tf.contrib.rnn` that few programs use.

Their variables are called as in TensorFlow 1.15.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import rnn_cell

from tfcompat_estimator.migration.tf1 import rnn_cells

v1 = tf.compat.v1


class UGRNNCell(rnn_cell.RNNCell):
  """A cell with one gate, between what was and what comes."""

  def __init__(
    self,
    num_units: int,
    initializer: Any = None,
    forget_bias: float = 1.0,
    activation: Callable[[Any], Any] = tf.tanh,
    reuse: Any = None,
  ):
    """Makes the cell.

    Args:
      num_units: Its size.
      initializer: Of its variables.
      forget_bias: Is added to the gate.
      activation: Of what comes.
      reuse: Whether variables are those of the scope.
    """
    super().__init__(_reuse=reuse)
    self._num_units = num_units
    self._initializer = initializer
    self._forget_bias = forget_bias
    self._activation = activation
    self._linear: Any = None

  @property
  def state_size(self) -> int:
    return self._num_units

  @property
  def output_size(self) -> int:
    return self._num_units

  def call(self, inputs: Any, state: Any) -> Any:
    both = tf.concat([inputs, state], 1)
    with v1.variable_scope(
      v1.get_variable_scope(), initializer=self._initializer
    ):
      if self._linear is None:
        self._linear = rnn_cells.Linear(both, 2 * self._num_units, True)
      gate, comes = tf.split(self._linear(both), 2, axis=1)
    gate = tf.sigmoid(gate + self._forget_bias)
    new = gate * state + (1.0 - gate) * self._activation(comes)
    return new, new


class NASCell(rnn_cell.RNNCell):
  """The cell that a search of architectures found (Zoph and Le, 2016)."""

  _BRANCHES = 8

  def __init__(
    self,
    num_units: int,
    num_proj: int | None = None,
    use_bias: bool = False,
    reuse: Any = None,
    **kwargs: Any,
  ):
    """Makes the cell.

    Args:
      num_units: Its size.
      num_proj: The size that outputs are projected to; None: they are not.
      use_bias: Whether the recurrent part has a bias.
      reuse: Whether variables are those of the scope.
      **kwargs: Those of a Keras layer.
    """
    super().__init__(_reuse=reuse, **kwargs)
    self._num_units = num_units
    self._num_proj = num_proj
    self._use_bias = use_bias

  @property
  def state_size(self) -> Any:
    return rnn_cell.LSTMStateTuple(self._num_units, self.output_size)

  @property
  def output_size(self) -> int:
    return self._num_proj or self._num_units

  def build(self, inputs_shape: Any) -> None:
    wide = self._BRANCHES * self._num_units
    size = tf.TensorShape(inputs_shape)[-1]
    self._of_input = self.add_weight('kernel', [size, wide])
    self._of_state = self.add_weight(
      'recurrent_kernel', [self.output_size, wide]
    )
    if self._use_bias:
      self._bias = self.add_weight('bias', [wide], initializer='zeros')
    if self._num_proj:
      self._projection = self.add_weight(
        'projection_weights', [self._num_units, self._num_proj]
      )
    self.built = True

  def call(self, inputs: Any, state: Any) -> Any:
    memory, output = state
    recurrent = output @ self._of_state
    if self._use_bias:
      recurrent += self._bias
    x, m = (
      tf.split(each, self._BRANCHES, axis=1)
      for each in (inputs @ self._of_input, recurrent)
    )
    first = tf.sigmoid(x[0] + m[0]) * tf.nn.relu(x[1] + m[1])
    second = tf.sigmoid(x[2] + m[2]) + tf.nn.relu(x[3] * m[3])
    third = tf.tanh(x[4] + m[4]) * tf.sigmoid(x[5] + m[5])
    fourth = tf.tanh(x[6] + m[6]) + tf.sigmoid(x[7] + m[7])
    memory = tf.tanh(tf.tanh(first) + memory) * tf.tanh(second)
    output = tf.tanh(memory * tf.tanh(tf.tanh(third) + tf.sigmoid(fourth)))
    if self._num_proj:
      output = output @ self._projection
    return output, rnn_cell.LSTMStateTuple(memory, output)


class HighwayWrapper(rnn_cell.RNNCell):
  """A cell whose inputs go by it, as much as a gate lets them."""

  def __init__(
    self,
    cell: Any,
    couple_carry_transform_gates: bool = True,
    carry_bias_init: float = 1.0,
  ):
    """Makes the cell.

    Args:
      cell: An RNNCell, whose outputs are of the size of inputs.
      couple_carry_transform_gates: One gate decides of both.
      carry_bias_init: What the gate's bias is at first.
    """
    super().__init__()
    self._cell = cell
    self._coupled = couple_carry_transform_gates
    self._carry_bias_init = carry_bias_init

  @property
  def state_size(self) -> Any:
    return self._cell.state_size

  @property
  def output_size(self) -> Any:
    return self._cell.output_size

  def zero_state(self, batch_size: Any, dtype: Any) -> Any:
    """Of the cell."""
    return self._cell.zero_state(batch_size, dtype)

  def _gate(self, inputs: tf.Tensor, name: str, bias: float) -> tf.Tensor:
    size = int(inputs.shape[1])
    weights = v1.get_variable(f'{name}_w', [size, size])
    added = v1.get_variable(
      f'{name}_b', [size], initializer=v1.constant_initializer(bias)
    )
    return tf.sigmoid(v1.nn.xw_plus_b(inputs, weights, added))

  def _mixed(self, inputs: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    carry = self._gate(inputs, 'carry', self._carry_bias_init)
    if self._coupled:
      return inputs * carry + output * (1 - carry)
    through = self._gate(inputs, 'transform', -self._carry_bias_init)
    return inputs * carry + output * through

  def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
    outputs, state = self._cell(inputs, state, scope=scope)
    return tf.nest.map_structure(self._mixed, inputs, outputs), state


class AttentionCellWrapper(rnn_cell.RNNCell):
  """A cell that looks at its own last outputs."""

  def __init__(
    self,
    cell: Any,
    attn_length: int,
    attn_size: int | None = None,
    attn_vec_size: int | None = None,
    input_size: int | None = None,
    state_is_tuple: bool = True,
    reuse: Any = None,
  ):
    """Makes the cell.

    Args:
      cell: An RNNCell.
      attn_length: How many outputs it looks at.
      attn_size: The size of outputs, the cell's if not given.
      attn_vec_size: The size of the attention.
      input_size: Of what the cell gets, as of the inputs if not given.
      state_is_tuple: The state is a tuple, not one tensor.
      reuse: Whether variables are those of the scope.
    """
    super().__init__(_reuse=reuse)
    if attn_length <= 0:
      raise ValueError(
        f'attn_length should be greater than zero, got {attn_length}'
      )
    self._cell = cell
    self._length = attn_length
    self._size: int = attn_size or cell.output_size
    self._vec_size = attn_vec_size or self._size
    self._input_size = input_size
    self._state_is_tuple = state_is_tuple
    self._linears: dict[str, rnn_cells.Linear] = {}

  @property
  def state_size(self) -> Any:
    sizes = (self._cell.state_size, self._size, self._size * self._length)
    return sizes if self._state_is_tuple else sum(sizes)

  @property
  def output_size(self) -> int:
    return self._size

  def _linear(self, name: str, values: list[Any], size: int) -> tf.Tensor:
    if name not in self._linears:
      self._linears[name] = rnn_cells.Linear(values, size, True)
    return self._linears[name](values)

  @tf.autograph.experimental.do_not_convert
  def call(self, inputs: Any, state: Any) -> Any:
    if not self._state_is_tuple:
      state = tf.split(
        state,
        [self._cell.state_size, self._size, self._size * self._length],
        axis=1,
      )
    before, read, outputs = state
    outputs = tf.reshape(outputs, [-1, self._length, self._size])
    size = self._input_size or int(inputs.shape[1])
    output, after = self._cell(
      self._linear('inputs', [inputs, read], size), before
    )
    read = self._attention(tf.concat(tf.nest.flatten(after), 1), outputs)
    with v1.variable_scope('attn_output_projection'):
      output = self._linear('outputs', [output, read], self._size)
    kept = tf.concat([outputs[:, 1:], output[:, tf.newaxis]], 1)
    kept = tf.reshape(kept, [-1, self._length * self._size])
    if self._state_is_tuple:
      return output, (after, read, kept)
    return output, tf.concat([after, read, kept], 1)

  def _attention(self, query: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
    with v1.variable_scope('attention'):
      weights = v1.get_variable('attn_w', [1, 1, self._size, self._vec_size])
      vector = v1.get_variable('attn_v', [self._vec_size])
      keys = tf.einsum('bls,sv->blv', outputs, weights[0, 0])
      asked = self._linear('query', [query], self._vec_size)
    score = tf.reduce_sum(vector * tf.tanh(keys + asked[:, tf.newaxis]), 2)
    return tf.einsum('bl,bls->bs', tf.nn.softmax(score), outputs)


class ConvLSTMCell(rnn_cell.RNNCell):
  """An LSTM cell of convolutions."""

  def __init__(
    self,
    conv_ndims: int,
    input_shape: Any,
    output_channels: int,
    kernel_shape: Any,
    use_bias: bool = True,
    skip_connection: bool = False,
    forget_bias: float = 1.0,
    initializers: Any = None,
    name: str = 'conv_lstm_cell',
  ):
    """Makes the cell.

    Args:
      conv_ndims: 1, 2 or 3.
      input_shape: Without the batch.
      output_channels: Its size.
      kernel_shape: Of the convolutions.
      use_bias: Whether there is a bias.
      skip_connection: Inputs are put beside outputs.
      forget_bias: Is added to the forget gate.
      initializers: Is not read.
      name: Of the cell.
    """
    super().__init__(name=name)
    if conv_ndims != len(input_shape) - 1:
      raise ValueError(
        f'Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.'
      )
    self._channels = output_channels
    self._kernel_shape = list(kernel_shape)
    self._use_bias = use_bias
    self._skip_connection = skip_connection
    self._forget_bias = forget_bias
    self._place = list(input_shape)[:-1]
    self._all_channels = output_channels + (
      input_shape[-1] if skip_connection else 0
    )

  @property
  def state_size(self) -> Any:
    size = tf.TensorShape([*self._place, self._channels])
    return rnn_cell.LSTMStateTuple(size, size)

  @property
  def output_size(self) -> Any:
    return tf.TensorShape([*self._place, self._all_channels])

  def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
    c, h = state
    both = tf.concat([inputs, h], -1)
    kernel = v1.get_variable(
      'kernel',
      [*self._kernel_shape, int(both.shape[-1]), 4 * self._channels],
      dtype=both.dtype,
    )
    gates = tf.nn.convolution(both, kernel, padding='SAME')
    if self._use_bias:
      gates += v1.get_variable(
        'biases',
        [4 * self._channels],
        dtype=both.dtype,
        initializer=v1.zeros_initializer(),
      )
    i, j, f, o = tf.split(gates, 4, axis=-1)
    new_c = tf.sigmoid(f + self._forget_bias) * c + tf.sigmoid(i) * tf.tanh(j)
    output = tf.tanh(new_c) * tf.sigmoid(o)
    if self._skip_connection:
      output = tf.concat([output, inputs], -1)
    return output, rnn_cell.LSTMStateTuple(new_c, output)


class Conv1DLSTMCell(ConvLSTMCell):
  """`ConvLSTMCell` over a line."""

  def __init__(self, name: str = 'conv_1d_lstm_cell', **kwargs: Any):
    """See `ConvLSTMCell`."""
    super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
  """`ConvLSTMCell` over an image."""

  def __init__(self, name: str = 'conv_2d_lstm_cell', **kwargs: Any):
    """See `ConvLSTMCell`."""
    super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
  """`ConvLSTMCell` over a volume."""

  def __init__(self, name: str = 'conv_3d_lstm_cell', **kwargs: Any):
    """See `ConvLSTMCell`."""
    super().__init__(conv_ndims=3, name=name, **kwargs)
