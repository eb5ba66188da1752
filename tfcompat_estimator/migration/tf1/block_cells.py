"""Recurrent cells that are one operation of TensorFlow: `tf.contrib.rnn`.

Kernels are [inputs; state], gates in the order i, c, f, o.
"""

import contextlib
from typing import Any

import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import layers, rnn_cell

v1 = tf.compat.v1


def _lstm_gradient(operation: Any, *grads: Any) -> list[Any]:
  """Of `LSTMBlockCell`: TensorFlow has the kernel, and no gradient function."""
  x, c_prev, h_prev, w, wci, wcf, wco, b = operation.inputs
  i, cs, f, o, ci, co, _ = operation.outputs
  done = tf.raw_ops.LSTMBlockCellGrad(
    x=x,
    cs_prev=c_prev,
    h_prev=h_prev,
    w=w,
    wci=wci,
    wcf=wcf,
    wco=wco,
    b=b,
    i=i,
    cs=cs,
    f=f,
    o=o,
    ci=ci,
    co=co,
    cs_grad=grads[1],
    h_grad=grads[6],
    use_peephole=operation.get_attr('use_peephole'),
  )
  # Of the four gates, side by side.
  gates = done.dicfo
  of_inputs = tf.matmul(gates, w, transpose_b=True)
  size = tf.shape(x)[1]
  return [
    of_inputs[:, :size],
    done.cs_prev_grad,
    of_inputs[:, size:],
    tf.matmul(tf.concat([x, h_prev], 1), gates, transpose_a=True),
    done.wci_grad,
    done.wcf_grad,
    done.wco_grad,
    tf.reduce_sum(gates, axis=0),
  ]


def _gru_gradient(operation: Any, *grads: Any) -> list[Any]:
  """Of `GRUBlockCell`."""
  x, h_prev, w_ru, w_c, b_ru, b_c = operation.inputs
  r, u, c, _ = operation.outputs
  done = tf.raw_ops.GRUBlockCellGrad(
    x=x,
    h_prev=h_prev,
    w_ru=w_ru,
    w_c=w_c,
    b_ru=b_ru,
    b_c=b_c,
    r=r,
    u=u,
    c=c,
    d_h=grads[3],
  )
  gates, candidate = done.d_r_bar_u_bar, done.d_c_bar
  return [
    done.d_x,
    done.d_h_prev,
    tf.matmul(tf.concat([x, h_prev], 1), gates, transpose_a=True),
    tf.matmul(tf.concat([x, h_prev * r], 1), candidate, transpose_a=True),
    tf.reduce_sum(gates, axis=0),
    tf.reduce_sum(candidate, axis=0),
  ]


for _name, _gradient in (
  ('LSTMBlockCell', _lstm_gradient),
  ('GRUBlockCell', _gru_gradient),
):
  # A library, or a program that brought its own, may have been first.
  with contextlib.suppress(KeyError):
    tf.RegisterGradient(_name)(_gradient)


class _BlockCell(rnn_cell.RNNCell):
  """A cell that makes its variables once, before it is first called."""

  def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
    return layers.Layer.__call__(self, inputs, state, scope=scope)

  def _variable(self, name: str, shape: list[int], initial: Any = None) -> Any:
    return self.add_variable(name, shape=shape, initializer=initial)


class LSTMBlockCell(_BlockCell):
  """An LSTM cell. Like `BasicLSTMCell`, and faster."""

  def __init__(
    self,
    num_units: int,
    forget_bias: float = 1.0,
    cell_clip: float | None = None,
    use_peephole: bool = False,
    dtype: Any = None,
    reuse: Any = None,
    name: str = 'lstm_cell',
  ):
    """Makes the cell.

    Args:
      num_units: Its size.
      forget_bias: Is added to the forget gate.
      cell_clip: States are clipped to this, if given.
      use_peephole: Gates see the state.
      dtype: Of the variables.
      reuse: Whether variables are those of the scope.
      name: Of the cell.
    """
    super().__init__(_reuse=reuse, dtype=dtype, name=name)
    self._num_units = num_units
    self._forget_bias = forget_bias
    self._cell_clip = -1.0 if cell_clip is None else cell_clip
    self._use_peephole = use_peephole

  @property
  def state_size(self) -> Any:
    return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

  @property
  def output_size(self) -> int:
    return self._num_units

  def build(self, inputs_shape: Any) -> None:
    units = self._num_units
    depth = int(inputs_shape[-1])
    self._kernel = self._variable('kernel', [depth + units, 4 * units])
    self._bias = self._variable(
      'bias', [4 * units], v1.constant_initializer(0.0)
    )
    if self._use_peephole:
      self._peepholes = [
        self._variable(name, [units])
        for name in ('w_i_diag', 'w_f_diag', 'w_o_diag')
      ]
    self.built = True

  def _weights(self) -> dict[str, Any]:
    """The arguments of the operation that are not of a step."""
    kernel = tf.convert_to_tensor(self._kernel)
    wci, wcf, wco = (
      self._peepholes
      if self._use_peephole
      else [tf.zeros([self._num_units], kernel.dtype)] * 3
    )
    return {
      'w': kernel,
      'wci': wci,
      'wcf': wcf,
      'wco': wco,
      'b': self._bias,
      'forget_bias': self._forget_bias,
      'cell_clip': self._cell_clip,
      'use_peephole': self._use_peephole,
    }

  def call(self, inputs: Any, state: Any) -> Any:
    c, h = state
    done = tf.raw_ops.LSTMBlockCell(
      x=inputs, cs_prev=c, h_prev=h, **self._weights()
    )
    return done.h, rnn_cell.LSTMStateTuple(done.cs, done.h)


class LSTMBlockFusedCell(LSTMBlockCell):
  """An LSTM over whole sequences, in one operation.

      outputs, state = cell(inputs, dtype=tf.float32, sequence_length=lengths)

  Inputs and outputs are (steps, batch, size).
  """

  def __init__(
    self,
    num_units: int,
    forget_bias: float = 1.0,
    cell_clip: float | None = None,
    use_peephole: bool = False,
    reuse: Any = None,
    dtype: Any = None,
    name: str = 'lstm_fused_cell',
  ):
    """See `LSTMBlockCell`."""
    super().__init__(
      num_units, forget_bias, cell_clip, use_peephole, dtype, reuse, name
    )

  @property
  def num_units(self) -> int:
    """The size."""
    return self._num_units

  def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    return layers.Layer.__call__(self, inputs, *args, **kwargs)

  def call(
    self,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
  ) -> Any:
    if isinstance(inputs, list):
      inputs = tf.stack(inputs)
    steps, batch = tf.shape(inputs)[0], tf.shape(inputs)[1]
    if initial_state is None:
      if dtype is None:
        raise ValueError('Either initial_state or dtype needs to be specified')
      zeros = tf.zeros([batch, self._num_units], dtype)
      initial_state = (zeros, zeros)
    c, h = initial_state
    longest = tf.cast(steps, tf.int64)
    if sequence_length is not None:
      sequence_length = tf.cast(sequence_length, tf.int64)
      longest = tf.reduce_max(sequence_length)
    done = tf.raw_ops.BlockLSTM(
      seq_len_max=longest, x=inputs, cs_prev=c, h_prev=h, **self._weights()
    )
    if sequence_length is None:
      final = rnn_cell.LSTMStateTuple(done.cs[-1], done.h[-1])
      return done.h, final
    mask = tf.transpose(
      tf.sequence_mask(sequence_length, steps, dtype=inputs.dtype)
    )
    outputs = done.h * mask[:, :, tf.newaxis]

    def last(first: tf.Tensor, states: tf.Tensor) -> tf.Tensor:
      """Of each sequence; of one without steps it is what it was at first."""
      known = tf.concat([first[tf.newaxis], states], 0)
      places = tf.stack(
        [sequence_length, tf.range(tf.cast(batch, tf.int64))], axis=1
      )
      return tf.gather_nd(known, places)

    final = rnn_cell.LSTMStateTuple(last(c, done.cs), last(h, done.h))
    return outputs, final


class GRUBlockCell(_BlockCell):
  """A GRU cell. Like `GRUCell`, and faster."""

  _NAMES = ('w_ru', 'b_ru', 'w_c', 'b_c')

  def __init__(
    self,
    num_units: int | None = None,
    cell_size: int | None = None,
    reuse: Any = None,
    name: str = 'gru_cell',
  ):
    """Takes the size, by either name."""
    super().__init__(_reuse=reuse, name=name)
    if (num_units is None) == (cell_size is None):
      raise ValueError(
        'Exactly one of num_units or cell_size must be provided.'
      )
    self._cell_size: int = (num_units if cell_size is None else cell_size) or 0

  @property
  def state_size(self) -> Any:
    return self._cell_size

  @property
  def output_size(self) -> Any:
    return self._cell_size

  def build(self, input_shape: Any) -> None:
    units = self._cell_size
    depth = int(input_shape[-1]) + units
    w_ru, b_ru, w_c, b_c = self._NAMES
    self._w_ru = self._variable(w_ru, [depth, 2 * units])
    self._b_ru = self._variable(b_ru, [2 * units], v1.constant_initializer(1.0))
    self._w_c = self._variable(w_c, [depth, units])
    self._b_c = self._variable(b_c, [units], v1.constant_initializer(0.0))
    self.built = True

  def call(self, inputs: Any, h_prev: Any) -> Any:
    done = tf.raw_ops.GRUBlockCell(
      x=inputs,
      h_prev=h_prev,
      w_ru=self._w_ru,
      w_c=self._w_c,
      b_ru=self._b_ru,
      b_c=self._b_c,
    )
    return done.h, done.h


class GRUBlockCellV2(GRUBlockCell):
  """`GRUBlockCell` whose variables are called as those of `GRUCell`."""

  _NAMES = ('gates/kernel', 'gates/bias', 'candidate/kernel', 'candidate/bias')
