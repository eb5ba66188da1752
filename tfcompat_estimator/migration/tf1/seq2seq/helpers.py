"""Helpers: what a decoder samples of its outputs, and reads next."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1 import rnn_loops
from tfcompat_estimator.migration.tf1.seq2seq import checks

v1 = tf.compat.v1


class Helper:
  """What `BasicDecoder` asks."""

  @property
  def batch_size(self) -> Any:
    """The number of sequences, a tensor."""
    raise NotImplementedError

  @property
  def sample_ids_shape(self) -> Any:
    """The shape of what is sampled, without the batch."""
    raise NotImplementedError

  @property
  def sample_ids_dtype(self) -> Any:
    """The type of what is sampled."""
    raise NotImplementedError

  def initialize(self, name: str | None = None) -> Any:
    """(finished, the first inputs)."""
    raise NotImplementedError

  def sample(
    self, time: Any, outputs: Any, state: Any, name: str | None = None
  ) -> Any:
    """What is sampled of the outputs."""
    raise NotImplementedError

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any,
    name: str | None = None,
  ) -> Any:
    """(finished, the next inputs, the next state)."""
    raise NotImplementedError


class _Sampling(Helper):
  """A helper that has set what it samples: one int32 of each sequence."""

  _batch_size: Any = None
  _shape: Any = tf.TensorShape([])
  _dtype: Any = tf.int32

  @property
  def batch_size(self) -> Any:
    if self._batch_size is None:
      raise ValueError(
        '`batch_size` is not known yet: call `initialize` before.'
      )
    return self._batch_size

  @property
  def sample_ids_shape(self) -> Any:
    return self._shape

  @property
  def sample_ids_dtype(self) -> Any:
    return self._dtype


class CustomHelper(_Sampling):
  """A helper made of functions."""

  def __init__(
    self,
    initialize_fn: Callable[..., Any],
    sample_fn: Callable[..., Any],
    next_inputs_fn: Callable[..., Any],
    sample_ids_shape: Any = None,
    sample_ids_dtype: Any = None,
  ):
    """Takes what the three methods call."""
    self._initialize_fn = initialize_fn
    self._sample_fn = sample_fn
    self._next_inputs_fn = next_inputs_fn
    self._shape = tf.TensorShape(sample_ids_shape or [])
    self._dtype = sample_ids_dtype or tf.int32

  def initialize(self, name: str | None = None) -> Any:
    with v1.name_scope(name, 'CustomHelperInitialize'):
      finished, inputs = self._initialize_fn()
      if self._batch_size is None:
        self._batch_size = tf.size(finished)
    return finished, inputs

  def sample(
    self, time: Any, outputs: Any, state: Any, name: str | None = None
  ) -> Any:
    with v1.name_scope(name, 'CustomHelperSample', [time, outputs, state]):
      return self._sample_fn(time=time, outputs=outputs, state=state)

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any,
    name: str | None = None,
  ) -> Any:
    with v1.name_scope(name, 'CustomHelperNextInputs', [time, outputs, state]):
      return self._next_inputs_fn(
        time=time, outputs=outputs, state=state, sample_ids=sample_ids
      )


class InferenceHelper(_Sampling):
  """A helper whose next inputs are what was sampled."""

  def __init__(
    self,
    sample_fn: Callable[..., Any],
    sample_shape: Any,
    sample_dtype: Any,
    start_inputs: Any,
    end_fn: Callable[..., Any],
    next_inputs_fn: Callable[..., Any] | None = None,
  ):
    """Makes it.

    Args:
      sample_fn: Of outputs.
      sample_shape: Of what it gives, without the batch.
      sample_dtype: Of what it gives.
      start_inputs: The first inputs.
      end_fn: Of what was sampled: what is finished.
      next_inputs_fn: Of what was sampled: the next inputs, if they are others.
    """
    self._sample_fn = sample_fn
    self._end_fn = end_fn
    self._shape = tf.TensorShape(sample_shape)
    self._dtype = sample_dtype
    self._next_inputs_fn = next_inputs_fn
    self._start_inputs = tf.convert_to_tensor(start_inputs, name='start_inputs')
    self._batch_size = tf.shape(start_inputs)[0]

  def initialize(self, name: str | None = None) -> Any:
    return tf.tile([False], [self._batch_size]), self._start_inputs

  def sample(
    self, time: Any, outputs: Any, state: Any, name: str | None = None
  ) -> Any:
    return self._sample_fn(outputs)

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any,
    name: str | None = None,
  ) -> Any:
    inputs = sample_ids
    if self._next_inputs_fn is not None:
      inputs = self._next_inputs_fn(sample_ids)
    return self._end_fn(sample_ids), inputs, state


def _array(values: tf.Tensor) -> tf.TensorArray:
  array = tf.TensorArray(
    values.dtype, size=tf.shape(values)[0], element_shape=values.shape[1:]
  )
  return array.unstack(values)


class TrainingHelper(_Sampling):
  """Reads the right inputs, whatever was sampled."""

  def __init__(
    self,
    inputs: Any,
    sequence_length: Any,
    time_major: bool = False,
    name: str | None = None,
  ):
    """Makes it.

    Args:
      inputs: (batch, time, ...), or a nest of such.
      sequence_length: (batch,)
      time_major: Inputs are (time, batch, ...).
      name: Of the scope.
    """
    with v1.name_scope(name, 'TrainingHelper', [inputs, sequence_length]):
      inputs = tf.nest.map_structure(tf.convert_to_tensor, inputs)
      self._inputs = inputs
      if not time_major:
        inputs = tf.nest.map_structure(rnn_loops.transpose_batch_time, inputs)
      self._arrays = tf.nest.map_structure(_array, inputs)
      self._sequence_length = checks.vector('sequence_length', sequence_length)
      self._zeros = tf.nest.map_structure(
        lambda values: tf.zeros_like(values[0, :]), inputs
      )
      self._batch_size = tf.size(self._sequence_length)

  @property
  def inputs(self) -> Any:
    """What it reads."""
    return self._inputs

  @property
  def sequence_length(self) -> Any:
    """How long the inputs are."""
    return self._sequence_length

  def read_step(self, time: Any) -> tuple[Any, Any]:
    """(finished, inputs): zeros when all are."""
    return self._read(time >= self._sequence_length, time)

  def _read(self, finished: tf.Tensor, time: Any) -> tuple[Any, Any]:
    inputs = v1.cond(
      tf.reduce_all(finished),
      lambda: self._zeros,
      lambda: tf.nest.map_structure(lambda a: a.read(time), self._arrays),
    )
    return finished, inputs

  def initialize(self, name: str | None = None) -> Any:
    with v1.name_scope(name, 'TrainingHelperInitialize'):
      return self._read(tf.equal(0, self._sequence_length), 0)

  def sample(
    self,
    time: Any,
    outputs: Any,
    state: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'TrainingHelperSample', [time, outputs]):
      return tf.argmax(outputs, axis=-1, output_type=tf.int32)

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'TrainingHelperNextInputs', [time, outputs]):
      return (*self.read_step(time + 1), state)


def embedding_function(embedding: Any) -> Callable[[Any], Any]:
  """What looks up ids: a function as it is, or lookups in a matrix."""
  if callable(embedding):
    return embedding
  return lambda ids: tf.nn.embedding_lookup(embedding, ids)


class GreedyEmbeddingHelper(_Sampling):
  """Reads the embedding of what is most likely."""

  def __init__(self, embedding: Any, start_tokens: Any, end_token: Any):
    """Makes it.

    Args:
      embedding: A matrix, or a function of ids.
      start_tokens: (batch,), int32.
      end_token: What ends a sequence.
    """
    self._embedding_fn = embedding_function(embedding)
    self._start_tokens = checks.vector('start_tokens', start_tokens, tf.int32)
    self._end_token = checks.scalar('end_token', end_token, tf.int32)
    self._batch_size = tf.size(self._start_tokens)
    self._start_inputs = self._embedding_fn(self._start_tokens)

  def initialize(self, name: str | None = None) -> Any:
    return tf.tile([False], [self._batch_size]), self._start_inputs

  def sample(
    self, time: Any, outputs: Any, state: Any, name: str | None = None
  ) -> Any:
    _check_logits(outputs)
    return tf.argmax(outputs, axis=-1, output_type=tf.int32)

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any,
    name: str | None = None,
  ) -> Any:
    finished = tf.equal(sample_ids, self._end_token)
    inputs = v1.cond(
      tf.reduce_all(finished),
      lambda: self._start_inputs,
      lambda: self._embedding_fn(sample_ids),
    )
    return finished, inputs, state


def _check_logits(outputs: Any) -> None:
  if not tf.is_tensor(outputs):
    raise TypeError(
      f"The cell's output is of type {type(outputs).__name__}; this helper takes "
      'ids from one tensor of logits.'
    )


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
  """Reads the embedding of a sample."""

  def __init__(
    self,
    embedding: Any,
    start_tokens: Any,
    end_token: Any,
    softmax_temperature: Any = None,
    seed: int | None = None,
  ):
    """See `GreedyEmbeddingHelper`; logits are divided by the temperature."""
    super().__init__(embedding, start_tokens, end_token)
    self._temperature = softmax_temperature
    self._seed = seed

  def sample(
    self, time: Any, outputs: Any, state: Any, name: str | None = None
  ) -> Any:
    _check_logits(outputs)
    logits = (
      outputs if self._temperature is None else outputs / self._temperature
    )
    return v1.distributions.Categorical(logits=logits).sample(seed=self._seed)
