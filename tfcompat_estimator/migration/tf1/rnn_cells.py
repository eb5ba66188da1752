"""Recurrent cells that `tf.contrib.rnn` had, by ordinary operations.

Their variables are called as in TensorFlow 1.15.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import rnn_cell

v1 = tf.compat.v1


def linear(
  inputs: Any, size: int, bias: bool, bias_initializer: Any = None
) -> tf.Tensor:
  """A linear layer over the scope's `kernel` and `bias`: (batch, size)."""
  together = tf.concat(inputs, 1) if isinstance(inputs, list) else inputs
  kernel = v1.get_variable(
    'kernel',
    [int(together.shape[1]), size],
    dtype=together.dtype,
  )
  result = tf.matmul(together, kernel)
  if not bias:
    return result
  return tf.nn.bias_add(
    result,
    v1.get_variable('bias', [size], together.dtype, bias_initializer),
  )


class Linear:
  """`_Linear`, which cells of programs import: its variables are made once."""

  def __init__(
    self,
    args: Any,
    output_size: int,
    build_bias: bool,
    bias_initializer: Any = None,
    kernel_initializer: Any = None,
  ):
    """Makes the variables in the scope.

    Args:
      args: A tensor or a list of them, as it is called with.
      output_size: The size of results.
      build_bias: Whether there is a bias.
      bias_initializer: Of the bias; zeros if not given.
      kernel_initializer: Of the kernel.
    """
    parts = list(args) if isinstance(args, list | tuple) else [args]
    self._kernel = v1.get_variable(
      'kernel',
      [sum(int(part.shape[1]) for part in parts), output_size],
      dtype=parts[0].dtype,
      initializer=kernel_initializer,
    )
    self._bias = None
    if build_bias:
      self._bias = v1.get_variable(
        'bias',
        [output_size],
        parts[0].dtype,
        bias_initializer or v1.zeros_initializer(),
      )

  def __call__(self, args: Any) -> tf.Tensor:
    together = tf.concat(args, 1) if isinstance(args, list | tuple) else args
    result = tf.matmul(together, self._kernel)
    return result if self._bias is None else tf.nn.bias_add(result, self._bias)


def linear_of(
  args: Any,
  output_size: int,
  bias: bool,
  bias_initializer: Any = None,
  kernel_initializer: Any = None,
) -> tf.Tensor:
  """`_linear`, which cells of programs import."""
  layer = Linear(args, output_size, bias, bias_initializer, kernel_initializer)
  return layer(args)


class LayerNormBasicLSTMCell(rnn_cell.RNNCell):
  """An LSTM cell with layer normalization and recurrent dropout."""

  def __init__(
    self,
    num_units: int,
    forget_bias: float = 1.0,
    input_size: Any = None,
    activation: Callable[[Any], Any] = tf.tanh,
    layer_norm: bool = True,
    norm_gain: float = 1.0,
    norm_shift: float = 0.0,
    dropout_keep_prob: Any = 1.0,
    dropout_prob_seed: int | None = None,
    reuse: Any = None,
  ):
    """Makes the cell.

    Args:
      num_units: Its size.
      forget_bias: Is added to the forget gate.
      input_size: Is not read.
      activation: Of the cell's state and candidate.
      layer_norm: Normalize gates and the state; else there is a bias.
      norm_gain: What the scales of the normalization are at first.
      norm_shift: What its offsets are at first.
      dropout_keep_prob: The probability that a candidate stays.
      dropout_prob_seed: Of the dropout.
      reuse: Whether variables are those of the scope.
    """
    super().__init__(_reuse=reuse)
    self._num_units = num_units
    self._forget_bias = forget_bias
    self._activation = activation
    self._layer_norm = layer_norm
    self._norm_gain = norm_gain
    self._norm_shift = norm_shift
    self._keep_prob = dropout_keep_prob
    self._seed = dropout_prob_seed

  @property
  def state_size(self) -> Any:
    return rnn_cell.LSTMStateTuple(self._num_units, self._num_units)

  @property
  def output_size(self) -> int:
    return self._num_units

  def _norm(self, values: tf.Tensor, scope: str) -> tf.Tensor:
    if not self._layer_norm:
      return values
    size = values.shape[-1:]
    with v1.variable_scope(scope):
      gamma = v1.get_variable(
        'gamma', size, initializer=v1.constant_initializer(self._norm_gain)
      )
      beta = v1.get_variable(
        'beta', size, initializer=v1.constant_initializer(self._norm_shift)
      )
    mean, variance = tf.nn.moments(values, [1], keepdims=True)
    return tf.nn.batch_normalization(values, mean, variance, beta, gamma, 1e-12)

  def call(self, inputs: Any, state: Any) -> Any:
    c, h = state
    gates = linear([inputs, h], 4 * self._num_units, not self._layer_norm)
    i, j, f, o = tf.split(gates, 4, axis=1)
    i, j = self._norm(i, 'input'), self._norm(j, 'transform')
    f, o = self._norm(f, 'forget'), self._norm(o, 'output')
    candidate = self._activation(j)
    if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
      candidate = v1.nn.dropout(candidate, self._keep_prob, seed=self._seed)
    new_c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * candidate
    new_c = self._norm(new_c, 'state')
    new_h = self._activation(new_c) * tf.sigmoid(o)
    return new_h, rnn_cell.LSTMStateTuple(new_c, new_h)


class _Wrapper(rnn_cell.RNNCell):
  """A cell around another one."""

  def __init__(self, cell: Any, reuse: Any = None):
    super().__init__(_reuse=reuse)
    self._cell = cell

  @property
  def state_size(self) -> Any:
    return self._cell.state_size

  @property
  def output_size(self) -> Any:
    return self._cell.output_size

  def zero_state(self, batch_size: Any, dtype: Any) -> Any:
    return self._cell.zero_state(batch_size, dtype)


class OutputProjectionWrapper(_Wrapper):
  """A cell whose outputs go through a linear layer."""

  def __init__(
    self, cell: Any, output_size: int, activation: Any = None, reuse: Any = None
  ):
    """Takes the cell and the size of outputs."""
    super().__init__(cell, reuse)
    self._output_size = output_size
    self._activation = activation

  @property
  def output_size(self) -> int:
    return self._output_size

  def call(self, inputs: Any, state: Any) -> Any:
    output, state = self._cell(inputs, state)
    projected = linear(output, self._output_size, True, v1.zeros_initializer())
    return (self._activation or tf.identity)(projected), state


class InputProjectionWrapper(_Wrapper):
  """A cell whose inputs go through a linear layer."""

  def __init__(
    self,
    cell: Any,
    num_proj: int,
    activation: Any = None,
    input_size: Any = None,
    reuse: Any = None,
  ):
    """Takes the cell and the size of what it gets."""
    super().__init__(cell, reuse)
    self._num_proj = num_proj
    self._activation = activation

  def call(self, inputs: Any, state: Any) -> Any:
    projected = linear(inputs, self._num_proj, True, v1.zeros_initializer())
    return self._cell((self._activation or tf.identity)(projected), state)


class EmbeddingWrapper(_Wrapper):
  """A cell whose inputs are ids, which it embeds."""

  def __init__(
    self,
    cell: Any,
    embedding_classes: int,
    embedding_size: int,
    initializer: Any = None,
    reuse: Any = None,
  ):
    """Takes the cell, the number of ids and the size of embeddings."""
    super().__init__(cell, reuse)
    self._classes = embedding_classes
    self._size = embedding_size
    self._initializer = initializer

  def call(self, inputs: Any, state: Any) -> Any:
    initializer = self._initializer or v1.get_variable_scope().initializer
    # As in 1.15: a uniform distribution of variance 1.
    initializer = initializer or v1.random_uniform_initializer(
      -(3**0.5), 3**0.5
    )
    first = state[0] if isinstance(state, tuple) else state
    embedding = v1.get_variable(
      'embedding',
      [self._classes, self._size],
      dtype=first.dtype,
      initializer=initializer,
    )
    ids = tf.reshape(inputs, [-1])
    return self._cell(tf.nn.embedding_lookup(embedding, ids), state)
