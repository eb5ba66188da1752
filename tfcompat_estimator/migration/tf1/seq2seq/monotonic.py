"""Attention that only goes forward through a memory (Raffel et al., 2017)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1.seq2seq import attention

v1 = tf.compat.v1


def safe_cumprod(x: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
  """`tf.cumprod` of numbers from 0 to 1, by logarithms: gradients are finite."""
  with v1.name_scope(None, 'SafeCumprod', [x]):
    x = tf.convert_to_tensor(x, name='x')
    least = np.finfo(x.dtype.as_numpy_dtype).tiny
    logs = tf.math.log(tf.clip_by_value(x, least, 1))
    return tf.exp(tf.cumsum(logs, *args, **kwargs))


def _recursive(choose: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
  """Step by step along the memory: exact, and slow."""
  batch = tf.shape(choose)[0]
  passed_on = tf.concat([tf.ones([batch, 1]), 1 - choose[:, :-1]], 1)
  arrived = tf.scan(
    lambda last, now: tf.reshape(now[0] * last + now[1], [batch]),
    [tf.transpose(passed_on), tf.transpose(before)],
    tf.zeros([batch]),
  )
  return choose * tf.transpose(arrived)


def _parallel(choose: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
  """In closed form; inexact where nearly all is passed on or none."""
  passed = safe_cumprod(1 - choose, axis=1, exclusive=True)
  arrived = tf.cumsum(before / tf.clip_by_value(passed, 1e-10, 1.0), axis=1)
  return choose * passed * arrived


def _hard(choose: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
  """For choices that are 0 or 1."""
  choose *= tf.cumsum(before, axis=1)
  return choose * tf.math.cumprod(1 - choose, axis=1, exclusive=True)


_MODES = {'recursive': _recursive, 'parallel': _parallel, 'hard': _hard}


def monotonic_attention(
  p_choose_i: Any, previous_attention: Any, mode: str
) -> tf.Tensor:
  """The weights of a memory's steps, none before those of the step before.

  Args:
    p_choose_i: (batch, steps), the probability to stop at each step.
    previous_attention: (batch, steps), the weights of the step before.
    mode: 'recursive', 'parallel' or 'hard'.
  """
  if mode not in _MODES:
    raise ValueError(f'mode is {mode!r}; give one of {", ".join(_MODES)}.')
  return _MODES[mode](
    tf.convert_to_tensor(p_choose_i, name='p_choose_i'),
    tf.convert_to_tensor(previous_attention, name='previous_attention'),
  )


class _Monotonic:
  """What both mechanisms do with their scores."""

  _noise = 0.0
  _seed: Any = None
  _bias: Any = 0.0
  _mode = 'parallel'

  def _set(self, noise: float, seed: Any, bias: float, mode: str) -> None:
    self._noise, self._seed = noise, seed
    self._bias, self._mode = bias, mode

  def _score(self, query: tf.Tensor) -> tf.Tensor:
    score = super()._score(query)  # type: ignore[misc]
    return score + v1.get_variable(
      'attention_score_bias', dtype=score.dtype, initializer=self._bias
    )

  def _weights(self, function: Any) -> Callable[[Any, Any], Any]:
    def chosen(score: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
      if self._noise > 0:
        score += self._noise * v1.random_normal(
          tf.shape(score), dtype=score.dtype, seed=self._seed
        )
      if self._mode == 'hard':
        choose = tf.cast(score > 0, score.dtype)
      else:
        choose = tf.sigmoid(score)
      return monotonic_attention(choose, before, self._mode)

    return chosen

  def initial_alignments(self, batch_size: Any, dtype: Any) -> tf.Tensor:
    """All at the memory's first step."""
    return tf.one_hot(
      tf.zeros([batch_size], tf.int32),
      self.alignments_size,  # type: ignore[attr-defined]
      dtype=dtype,
    )


class BahdanauMonotonicAttention(_Monotonic, attention.BahdanauAttention):
  """Bahdanau's scores; weights that only go forward."""

  _scope = 'bahdanau_monotonic_attention'

  def __init__(
    self,
    num_units: int,
    memory: Any,
    memory_sequence_length: Any = None,
    normalize: bool = False,
    score_mask_value: Any = None,
    sigmoid_noise: float = 0.0,
    sigmoid_noise_seed: Any = None,
    score_bias_init: float = 0.0,
    mode: str = 'parallel',
    dtype: Any = None,
    name: str = 'BahdanauMonotonicAttention',
  ):
    """Makes it.

    Args:
      num_units: The size of queries and keys.
      memory: (batch, steps, ...)
      memory_sequence_length: (batch,), or None.
      normalize: Trains the length of the network's vector apart.
      score_mask_value: The score of a step after a sequence's end.
      sigmoid_noise: Of what standard deviation noise is added to scores.
      sigmoid_noise_seed: Of that noise.
      score_bias_init: What the bias of scores is at first.
      mode: Of `monotonic_attention`.
      dtype: Of the layers.
      name: Of the scope.
    """
    self._set(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)
    super().__init__(
      num_units,
      memory,
      memory_sequence_length,
      normalize=normalize,
      score_mask_value=score_mask_value,
      dtype=dtype,
      name=name,
    )


class LuongMonotonicAttention(_Monotonic, attention.LuongAttention):
  """Luong's scores; weights that only go forward."""

  _scope = 'luong_monotonic_attention'

  def __init__(
    self,
    num_units: int,
    memory: Any,
    memory_sequence_length: Any = None,
    scale: bool = False,
    score_mask_value: Any = None,
    sigmoid_noise: float = 0.0,
    sigmoid_noise_seed: Any = None,
    score_bias_init: float = 0.0,
    mode: str = 'parallel',
    dtype: Any = None,
    name: str = 'LuongMonotonicAttention',
  ):
    """Makes it: see `BahdanauMonotonicAttention`.

    Args:
      num_units: The size of queries and keys.
      memory: (batch, steps, ...)
      memory_sequence_length: (batch,), or None.
      scale: Gives scores a factor that is trained.
      score_mask_value: The score of a step after a sequence's end.
      sigmoid_noise: Of what standard deviation noise is added to scores.
      sigmoid_noise_seed: Of that noise.
      score_bias_init: What the bias of scores is at first.
      mode: Of `monotonic_attention`.
      dtype: Of the layers.
      name: Of the scope.
    """
    self._set(sigmoid_noise, sigmoid_noise_seed, score_bias_init, mode)
    super().__init__(
      num_units,
      memory,
      memory_sequence_length,
      scale=scale,
      score_mask_value=score_mask_value,
      dtype=dtype,
      name=name,
    )
