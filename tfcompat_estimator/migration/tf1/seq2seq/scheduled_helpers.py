"""Helpers of scheduled sampling: now the right inputs, now the model's own."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import helpers

v1 = tf.compat.v1


def _probability(value: Any) -> tf.Tensor:
  value = tf.convert_to_tensor(value, name='sampling_probability')
  if value.shape.rank not in (0, 1):
    raise ValueError(
      f'`sampling_probability` has shape {value.shape}; give one probability, '
      'or one for each sequence.'
    )
  return value


def _merged(chosen: tf.Tensor, own: Any, right: tf.Tensor) -> tf.Tensor:
  """The rows of `right`, but those chosen: what `own` gives for their places."""
  places = tf.cast(tf.where(chosen), tf.int32)
  others = tf.cast(tf.where(tf.logical_not(chosen)), tf.int32)
  shape = tf.shape(right)
  return tf.scatter_nd(places, own(places), shape) + tf.scatter_nd(
    others, tf.gather_nd(right, others), shape
  )


class ScheduledEmbeddingTrainingHelper(helpers.TrainingHelper):
  """Reads the embedding of a sample with some probability."""

  def __init__(
    self,
    inputs: Any,
    sequence_length: Any,
    embedding: Any,
    sampling_probability: Any,
    time_major: bool = False,
    seed: int | None = None,
    scheduling_seed: int | None = None,
    name: str | None = None,
  ):
    """See `TrainingHelper`; `scheduling_seed` is that of the choice."""
    self._embedding_fn = helpers.embedding_function(embedding)
    self._probability = _probability(sampling_probability)
    self._seed = seed
    self._scheduling_seed = scheduling_seed
    super().__init__(inputs, sequence_length, time_major, name)

  def sample(
    self,
    time: Any,
    outputs: Any,
    state: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'ScheduledEmbeddingTrainingHelperSample'):
      chosen = v1.distributions.Bernoulli(
        probs=self._probability, dtype=tf.bool
      ).sample(sample_shape=self.batch_size, seed=self._scheduling_seed)
      ids = v1.distributions.Categorical(logits=outputs).sample(seed=self._seed)
      return tf.where(chosen, ids, tf.fill([self.batch_size], -1))

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'ScheduledEmbeddingTrainingHelperNextInputs'):
      finished, right = self.read_step(time + 1)

      def own(places: tf.Tensor) -> tf.Tensor:
        return self._embedding_fn(tf.gather_nd(sample_ids, places))

      inputs = v1.cond(
        tf.reduce_all(finished),
        lambda: right,
        lambda: _merged(sample_ids > -1, own, right),
      )
      return finished, inputs, state


class ScheduledOutputTrainingHelper(helpers.TrainingHelper):
  """Reads the last output with some probability."""

  def __init__(
    self,
    inputs: Any,
    sequence_length: Any,
    sampling_probability: Any,
    time_major: bool = False,
    seed: int | None = None,
    next_inputs_fn: Callable[..., Any] | None = None,
    auxiliary_inputs: Any = None,
    name: str | None = None,
  ):
    """Makes it.

    Args:
      inputs: See `TrainingHelper`.
      sequence_length: See `TrainingHelper`.
      sampling_probability: Of an output.
      time_major: See `TrainingHelper`.
      seed: Of the choice.
      next_inputs_fn: Makes inputs of outputs, if they are others.
      auxiliary_inputs: Are put beside outputs, as they are beside inputs.
      name: Of the scope.
    """
    self._probability = _probability(sampling_probability)
    self._seed = seed
    self._next_inputs_fn = next_inputs_fn
    self._auxiliary: Any = None
    if auxiliary_inputs is not None:
      inputs = tf.nest.map_structure(
        lambda *parts: tf.concat(parts, -1), inputs, auxiliary_inputs
      )
      self._auxiliary = helpers.TrainingHelper(
        auxiliary_inputs, sequence_length, time_major
      )
    super().__init__(inputs, sequence_length, time_major, name)

  def sample(
    self,
    time: Any,
    outputs: Any,
    state: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'ScheduledOutputTrainingHelperSample'):
      return v1.distributions.Bernoulli(probs=self._probability).sample(
        sample_shape=self.batch_size, seed=self._seed
      )

  def _own(self, time: Any, outputs: Any) -> tf.Tensor:
    """Inputs made of the outputs of a step."""
    if self._next_inputs_fn is not None:
      outputs = self._next_inputs_fn(outputs)
    if self._auxiliary is None:
      return outputs
    return tf.concat([outputs, self._auxiliary.read_step(time + 1)[1]], -1)

  def next_inputs(
    self,
    time: Any,
    outputs: Any,
    state: Any,
    sample_ids: Any = None,
    name: str | None = None,
    **unused: Any,
  ) -> Any:
    with v1.name_scope(name, 'ScheduledOutputTrainingHelperNextInputs'):
      finished, right = self.read_step(time + 1)
      chosen = tf.cast(sample_ids, tf.bool)
      inputs = v1.cond(
        tf.logical_or(tf.reduce_all(finished), ~tf.reduce_any(chosen)),
        lambda: right,
        lambda: v1.where(chosen, self._own(time, outputs), right),
      )
      return finished, inputs, state
