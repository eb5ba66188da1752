"""Attention mechanisms: how much a decoder looks at each step of a memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tf_keras.api._v1.keras.__internal__.legacy import layers

from tfcompat_estimator.migration.tf1.seq2seq import checks

v1 = tf.compat.v1


class AttentionMechanism:
  """What `AttentionWrapper` calls."""

  @property
  def alignments_size(self) -> Any:
    """The number of steps of the memory."""
    raise NotImplementedError

  @property
  def state_size(self) -> Any:
    """The size of the mechanism's state."""
    raise NotImplementedError


def size_of(values: tf.Tensor, axis: int) -> Any:
  """Of a dimension: a number, or a tensor where it is not known."""
  static = values.shape.as_list()[axis]
  return tf.shape(values)[axis] if static is None else static


def _masked_memory(memory: Any, lengths: Any, check: bool) -> Any:
  """The memory, 0 where a sequence has ended."""
  memory = tf.nest.map_structure(tf.convert_to_tensor, memory)
  if check:
    for part in tf.nest.flatten(memory):
      if not part.shape[2:].is_fully_defined():
        raise ValueError(
          f"The memory '{part.name}' has shape {part.shape}: all dimensions "
          'after (batch, steps) must be known. Set them by set_shape, or give '
          'check_inner_dims_defined=False.'
        )
  if lengths is None:
    return memory

  def masked(part: tf.Tensor) -> tf.Tensor:
    mask = tf.sequence_mask(lengths, tf.shape(part)[1], part.dtype)
    return part * tf.reshape(
      mask, tf.concat([tf.shape(mask), [1] * (part.shape.rank - 2)], 0)
    )

  return tf.nest.map_structure(masked, memory)


class BaseAttentionMechanism(AttentionMechanism):
  """Keys and values of a memory; scores become weights of a mean."""

  def __init__(
    self,
    query_layer: Any,
    memory: Any,
    probability_fn: Callable[[Any, Any], Any],
    memory_sequence_length: Any = None,
    memory_layer: Any = None,
    check_inner_dims_defined: bool = True,
    score_mask_value: Any = None,
    custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
    name: str | None = None,
  ):
    """Makes it.

    Args:
      query_layer: Of a cell's output, or None.
      memory: (batch, steps, ...)
      probability_fn: Of scores and the state before.
      memory_sequence_length: (batch,), or None.
      memory_layer: What makes keys of the memory, or None.
      check_inner_dims_defined: Whether the memory's size must be known.
      score_mask_value: The score of a step after a sequence's end.
      custom_key_value_fn: Changes keys and values.
      name: Of the scope.
    """
    checks.layer('query_layer', query_layer)
    checks.layer('memory_layer', memory_layer)
    self._query_layer = query_layer
    self._memory_layer = memory_layer
    self.dtype = memory_layer.dtype if memory_layer is not None else None
    checks.function('probability_fn', probability_fn)
    with v1.name_scope(name, 'BaseAttentionMechanismInit'):
      self._values = _masked_memory(
        memory, memory_sequence_length, check_inner_dims_defined
      )
      self._keys = (
        self._values if memory_layer is None else memory_layer(self._values)
      )
      if custom_key_value_fn is not None:
        self._keys, self._values = custom_key_value_fn(self._keys, self._values)
      if self.dtype is None:
        self.dtype = self._keys.dtype.base_dtype
      if score_mask_value is None:
        score_mask_value = tf.as_dtype(self.dtype).as_numpy_dtype(-np.inf)
      self._batch_size = size_of(self._keys, 0)
      self._alignments_size = size_of(self._keys, 1)

    def probabilities(score: tf.Tensor, before: Any) -> tf.Tensor:
      if memory_sequence_length is not None:
        mask = tf.sequence_mask(memory_sequence_length, tf.shape(score)[1])
        score = tf.where(mask, score, score_mask_value * tf.ones_like(score))
      return probability_fn(score, before)

    self._probability_fn = probabilities

  @property
  def memory_layer(self) -> Any:
    """What made keys of the memory."""
    return self._memory_layer

  @property
  def query_layer(self) -> Any:
    """What is applied to a cell's output."""
    return self._query_layer

  @property
  def values(self) -> Any:
    """The memory."""
    return self._values

  @property
  def keys(self) -> Any:
    """What outputs are compared with."""
    return self._keys

  @property
  def batch_size(self) -> Any:
    """The number of sequences."""
    return self._batch_size

  @property
  def alignments_size(self) -> Any:
    return self._alignments_size

  @property
  def state_size(self) -> Any:
    return self._alignments_size

  def initial_alignments(self, batch_size: Any, dtype: Any) -> tf.Tensor:
    """The weights before the first step."""
    return tf.zeros([batch_size, self._alignments_size], dtype)

  def initial_state(self, batch_size: Any, dtype: Any) -> tf.Tensor:
    """The state before the first step."""
    return self.initial_alignments(batch_size, dtype)


def _dense(units: int, name: str, dtype: Any) -> Any:
  return layers.Dense(units, name=name, use_bias=False, dtype=dtype)


class _ScoredAttention(BaseAttentionMechanism):
  """Weights that are a function of scores: subclasses say which."""

  _scope = ''

  def _score(self, query: tf.Tensor) -> tf.Tensor:
    raise NotImplementedError

  def _weights(
    self, function: Callable[[Any], Any] | None
  ) -> Callable[[Any, Any], Any]:
    """The function of scores and the state before."""
    chosen = function or tf.nn.softmax
    return lambda score, _: chosen(score)

  def __call__(self, query: tf.Tensor, state: Any) -> tuple[Any, Any]:
    """(the weights of the memory's steps, the next state)."""
    with v1.variable_scope(None, self._scope, [query]):
      alignments = self._probability_fn(self._score(query), state)
    return alignments, alignments


class LuongAttention(_ScoredAttention):
  """Products of outputs and keys."""

  _scope = 'luong_attention'

  def __init__(
    self,
    num_units: int,
    memory: Any,
    memory_sequence_length: Any = None,
    scale: bool = False,
    probability_fn: Callable[[Any], Any] | None = None,
    score_mask_value: Any = None,
    dtype: Any = None,
    custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
    name: str = 'LuongAttention',
  ):
    """Makes it; `scale` gives scores a factor that is trained."""
    super().__init__(
      None,
      memory,
      self._weights(probability_fn),
      memory_sequence_length,
      _dense(num_units, 'memory_layer', dtype or tf.float32),
      score_mask_value=score_mask_value,
      custom_key_value_fn=custom_key_value_fn,
      name=name,
    )
    self._num_units = num_units
    self._scale = scale
    self._name = name

  def _score(self, query: tf.Tensor) -> tf.Tensor:
    depth, known = query.shape.as_list()[-1], self._keys.shape.as_list()[-1]
    if depth != known:
      raise ValueError(
        f"The cell's output '{query.name}' has {depth} units, the keys "
        f"'{self._keys.name}' have {known}: their product needs as many of "
        f"each. Give LuongAttention `num_units` of the cell's size."
      )
    score = tf.squeeze(
      tf.matmul(query[:, tf.newaxis], self._keys, transpose_b=True), [1]
    )
    if self._scale:
      score *= v1.get_variable(
        'attention_g',
        dtype=query.dtype,
        initializer=v1.ones_initializer(),
        shape=(),
      )
    return score


class BahdanauAttention(_ScoredAttention):
  """A small network of outputs and keys."""

  _scope = 'bahdanau_attention'

  def __init__(
    self,
    num_units: int,
    memory: Any,
    memory_sequence_length: Any = None,
    normalize: bool = False,
    probability_fn: Callable[[Any], Any] | None = None,
    score_mask_value: Any = None,
    dtype: Any = None,
    custom_key_value_fn: Callable[[Any, Any], Any] | None = None,
    name: str = 'BahdanauAttention',
  ):
    """Makes it; `normalize` trains the length of the network's vector apart."""
    super().__init__(
      _dense(num_units, 'query_layer', dtype or tf.float32),
      memory,
      self._weights(probability_fn),
      memory_sequence_length,
      _dense(num_units, 'memory_layer', dtype or tf.float32),
      score_mask_value=score_mask_value,
      custom_key_value_fn=custom_key_value_fn,
      name=name,
    )
    self._num_units = num_units
    self._normalize = normalize
    self._name = name

  def _score(self, query: tf.Tensor) -> tf.Tensor:
    asked = self._query_layer(query) if self._query_layer else query
    units, dtype = self._keys.shape.as_list()[2], asked.dtype
    vector = v1.get_variable('attention_v', [units], dtype=dtype)
    total = self._keys + asked[:, tf.newaxis]
    if self._normalize:
      length = v1.get_variable(
        'attention_g',
        dtype=dtype,
        initializer=v1.constant_initializer((1.0 / units) ** 0.5),
        shape=(),
      )
      total += v1.get_variable(
        'attention_b', [units], dtype, v1.zeros_initializer()
      )
      vector = length * vector * tf.math.rsqrt(tf.reduce_sum(tf.square(vector)))
    return tf.reduce_sum(vector * tf.tanh(total), [2])
