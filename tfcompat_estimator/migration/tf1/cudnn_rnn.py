"""cuDNN's recurrent layers without cuDNN: `tf.contrib.cudnn_rnn`.

Layers are built of the cells that read what cuDNN's kernels trained. So they
run on any device, and their variables are called as the layers of TensorFlow
1.15 called theirs in checkpoints; slots of optimizers, which were those of one
opaque buffer, are not found there.
"""

import functools
from typing import Any

import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import rnn_cell

from tfcompat_estimator.migration.tf1 import block_cells, rnn_loops

v1 = tf.compat.v1


class CudnnCompatibleLSTMCell(block_cells.LSTMBlockCell):
  """An LSTM cell without a forget bias, as cuDNN's."""

  def __init__(self, num_units: int, reuse: Any = None):
    """Takes the size."""
    super().__init__(
      num_units,
      forget_bias=0.0,
      reuse=reuse,
      name='cudnn_compatible_lstm_cell',
    )


class CudnnCompatibleGRUCell(rnn_cell.RNNCell):
  """A GRU cell that resets after the state's projection, as cuDNN's."""

  def __init__(
    self, num_units: int, reuse: Any = None, kernel_initializer: Any = None
  ):
    """Makes the cell.

    Args:
      num_units: Its size.
      reuse: Whether variables are those of the scope.
      kernel_initializer: Of kernels; that of the scope if not given.
    """
    super().__init__(_reuse=reuse)
    self._num_units = num_units
    self._initializer = kernel_initializer

  @property
  def state_size(self) -> Any:
    return self._num_units

  @property
  def output_size(self) -> Any:
    return self._num_units

  def build(self, inputs_shape: Any) -> None:
    units, depth = self._num_units, int(inputs_shape[-1])
    self._layers = {
      name: (
        self.add_weight(
          f'{name}/kernel', shape=[rows, size], initializer=self._initializer
        ),
        self.add_weight(
          f'{name}/bias',
          shape=[size],
          initializer=v1.constant_initializer(bias),
        ),
      )
      for name, rows, size, bias in [
        ('gates', depth + units, 2 * units, 1.0),
        ('candidate/input_projection', depth, units, 0.0),
        ('candidate/hidden_projection', units, units, 0.0),
      ]
    }
    self.built = True

  def _project(self, name: str, inputs: Any) -> Any:
    kernel, bias = self._layers[name]
    return tf.nn.bias_add(tf.matmul(inputs, kernel), bias)

  def call(self, inputs: Any, state: Any) -> Any:
    gates = self._project('gates', tf.concat([inputs, state], 1))
    reset, update = tf.split(tf.sigmoid(gates), 2, 1)
    candidate = tf.tanh(
      self._project('candidate/input_projection', inputs)
      + reset * self._project('candidate/hidden_projection', state)
    )
    new = (1.0 - update) * candidate + update * state
    return new, new


class _CudnnRNN:
  """Layers of one kind of cell, in one direction or both."""

  _name: str
  _cell: Any

  def __init__(
    self,
    num_layers: int,
    num_units: int,
    input_mode: str = 'linear_input',
    direction: str = 'unidirectional',
    dropout: float = 0.0,
    seed: int | None = None,
    dtype: Any = tf.float32,
    kernel_initializer: Any = None,
    bias_initializer: Any = None,
    name: str | None = None,
  ):
    """Makes no variables yet.

    Args:
      num_layers: How many.
      num_units: Of each, in each direction.
      input_mode: 'linear_input'; 'auto_select' is the same, but for inputs
        of the size of the layers, which are refused as 'skip_input' is.
      direction: 'unidirectional' or 'bidirectional'.
      dropout: Of what goes from one layer to the next.
      seed: Of dropout and kernels.
      dtype: Of variables and inputs.
      kernel_initializer: Of each gate's kernel; glorot_uniform if not given.
      bias_initializer: Of each of cuDNN's two biases; zeros if not given.
      name: Of the scope of the variables.

    Raises:
      ValueError: A direction or input_mode that does not exist.
    """
    if direction not in ('unidirectional', 'bidirectional'):
      raise ValueError(
        f"`direction` ({direction!r}) must be 'unidirectional' or "
        "'bidirectional'."
      )
    if input_mode not in ('linear_input', 'auto_select'):
      raise ValueError(
        f"`input_mode` ({input_mode!r}) must be 'linear_input' or "
        "'auto_select'. Use 'linear_input'."
      )
    self.num_layers, self.num_units = num_layers, num_units
    self.direction, self.input_mode = direction, input_mode
    self.num_dirs = 1 if direction == 'unidirectional' else 2
    self._dropout, self._seed, self._dtype = dropout, seed, dtype
    self._kernels = kernel_initializer or v1.glorot_uniform_initializer(seed)
    self._biases = bias_initializer or v1.zeros_initializer()
    self._named, self._scope = name, None
    self._cells = [
      [self._cell(num_units) for _ in range(num_layers)]
      for _ in range(self.num_dirs)
    ]

  @property
  def trainable_variables(self) -> list[Any]:
    return [
      each
      for cells in self._cells
      for cell in cells
      for each in cell.trainable_variables
    ]

  variables = trainable_weights = weights = trainable_variables

  def state_shape(self, batch_size: Any) -> tuple[list[Any], ...]:
    """The shape of each part of a state."""
    shape = [self.num_layers * self.num_dirs, batch_size, self.num_units]
    return (shape,) * len(tf.nest.flatten(self._cells[0][0].state_size))

  def _initial(self, name: str, shape: Any) -> Any:
    """Initial values of one of the cells' variables, as cuDNN's parts of it."""
    units = self.num_units
    split = 'projection' not in name  # else over inputs or states alone
    if name.endswith('bias'):

      def part() -> Any:
        biases = [self._biases([units], self._dtype) for _ in range(1 + split)]
        return tf.add_n(biases)
    else:
      rows = [int(shape[0]) - units, units] if split else [int(shape[0])]

      def part() -> Any:
        kernels = [self._kernels([each, units], self._dtype) for each in rows]
        return tf.concat(kernels, 0)

    return tf.concat([part() for _ in range(int(shape[-1]) // units)], -1)

  def _variable(self, getter: Any, name: str, **arguments: Any) -> Any:
    """The getter of the cells' variables."""

    def initializer(shape: Any, **unused: Any) -> Any:
      return self._initial(name, shape)

    return getter(name, **arguments | {'initializer': initializer})

  def _opened(self) -> Any:
    """The scope of the variables."""
    if self._scope is not None:
      return v1.variable_scope(self._scope, reuse=v1.AUTO_REUSE)
    return v1.variable_scope(
      self._named, self._name, custom_getter=self._variable
    )

  def __call__(
    self,
    inputs: Any,
    initial_state: tuple[Any, ...] | None = None,
    sequence_lengths: Any = None,
    time_major: bool = True,
    training: Any = True,
  ) -> tuple[Any, tuple[Any, ...]]:
    """Runs the layers.

    Args:
      inputs: (steps, batch, size), or (batch, steps, size).
      initial_state: A tuple of (layers * directions, batch, units), or
        (batch, layers * directions, units): h and c of an LSTM, h of a GRU;
        zeros if not given.
      sequence_lengths: (batch,); all steps if not given.
      time_major: Whether steps come before the batch.
      training: Whether there is dropout; may be a tensor.

    Returns:
      (outputs, (steps, batch, directions * units); the final state).

    Raises:
      TypeError: `initial_state` is no tuple.
    """
    if not isinstance(initial_state, tuple | None):
      raise TypeError(
        f'`initial_state` ({initial_state!r}) must be a tuple of tensors.'
      )
    inputs = tf.convert_to_tensor(inputs, self._dtype)
    axis = 0 if time_major else 1
    states: list[Any] = [None] * self.num_dirs
    if initial_state is not None:
      parts = zip(
        *(tf.unstack(each, axis=axis) for each in initial_state), strict=True
      )
      each = [self._of_cudnn(part) for part in parts]
      states = [each[way :: self.num_dirs] for way in range(self.num_dirs)]
    cells = [self._dropped(way, training) for way in self._cells]
    common: dict[str, Any] = {
      'dtype': self._dtype,
      'sequence_length': sequence_lengths,
      'time_major': time_major,
    }
    with self._opened() as self._scope:
      if self.num_dirs == 1:
        outputs, *ends = v1.nn.dynamic_rnn(
          rnn_cell.MultiRNNCell(cells[0]),
          inputs,
          initial_state=states[0] and tuple(states[0]),
          **common,
        )
      else:
        outputs, *ends = rnn_loops.stack_bidirectional_dynamic_rnn(
          cells[0], cells[1], inputs, states[0], states[1], **common
        )
    flat = [
      self._to_cudnn(end) for way in zip(*ends, strict=True) for end in way
    ]
    return outputs, tuple(
      tf.stack(part, axis) for part in zip(*flat, strict=True)
    )

  def _dropped(self, cells: list[Any], training: Any) -> list[Any]:
    """Cells, those below the last one with dropout of what they give."""
    if not self._dropout or training is False:
      return cells
    keep = 1.0 - self._dropout * tf.cast(training, self._dtype)
    return [
      *(
        rnn_cell.DropoutWrapper(cell, output_keep_prob=keep, seed=self._seed)
        for cell in cells[:-1]
      ),
      cells[-1],
    ]

  def _of_cudnn(self, parts: tuple[Any, ...]) -> Any:
    """A cell's state of cuDNN's parts of it."""
    return parts[0]

  def _to_cudnn(self, state: Any) -> tuple[Any, ...]:
    """The other way."""
    return (state,)


class CudnnGRU(_CudnnRNN):
  """Layers of GRUs."""

  _name = 'cudnn_gru'
  _cell = CudnnCompatibleGRUCell


class CudnnLSTM(_CudnnRNN):
  """Layers of LSTMs."""

  _name = 'cudnn_lstm'
  _cell = CudnnCompatibleLSTMCell

  def _of_cudnn(self, parts: tuple[Any, ...]) -> Any:
    h, c = parts
    return rnn_cell.LSTMStateTuple(c, h)

  def _to_cudnn(self, state: Any) -> tuple[Any, ...]:
    return (state.h, state.c)


class CudnnRNNTanh(_CudnnRNN):
  """Layers of plain cells with tanh."""

  _name = 'cudnn_rnn_tanh'
  _cell = functools.partial(rnn_cell.BasicRNNCell, activation=tf.tanh)


class CudnnRNNRelu(_CudnnRNN):
  """Layers of plain cells with relu."""

  _name = 'cudnn_rnn_relu'
  _cell = functools.partial(rnn_cell.BasicRNNCell, activation=tf.nn.relu)
