"""Scores, trains and decodes linear-chain conditional random fields.

Shapes: B examples, T steps, N tags. Potentials are float (B, T, N), transition
scores (N, N), from the row's tag to the column's.
"""

from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


def crf_unary_score(
  tag_indices: Any, sequence_lengths: Any, inputs: Any
) -> tf.Tensor:
  """The sum of the potentials of given tags.

  Args:
    tag_indices: Int (B, T).
    sequence_lengths: Int (B,); later steps do not count.
    inputs: The potentials.

  Returns:
    Float (B,).
  """
  steps, tags = tf.shape(inputs)[1], tf.shape(inputs)[2]
  chosen = tf.one_hot(tag_indices, tags, dtype=inputs.dtype)
  scores = tf.reduce_sum(inputs * chosen, axis=2)
  mask = tf.sequence_mask(sequence_lengths, steps, dtype=inputs.dtype)
  return tf.reduce_sum(scores * mask, axis=1)


def crf_binary_score(
  tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> tf.Tensor:
  """The sum of the scores of the transitions between given tags: (B,)."""
  transition_params = tf.convert_to_tensor(transition_params)
  tag_indices = tf.convert_to_tensor(tag_indices)
  pairs = tf.stack([tag_indices[:, :-1], tag_indices[:, 1:]], axis=2)
  scores = tf.gather_nd(transition_params, pairs)
  mask = tf.sequence_mask(
    tf.maximum(tf.cast(sequence_lengths, tf.int64) - 1, 0),
    tf.shape(tag_indices)[1] - 1,
    dtype=transition_params.dtype,
  )
  return tf.reduce_sum(scores * mask, axis=1)


def crf_sequence_score(
  inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> tf.Tensor:
  """The score of given tags, which is not normalized: (B,); 0 of no steps."""
  score = crf_unary_score(tag_indices, sequence_lengths, inputs)
  score += crf_binary_score(tag_indices, sequence_lengths, transition_params)
  return tf.where(
    tf.cast(sequence_lengths, tf.int64) > 0, score, tf.zeros_like(score)
  )


def crf_multitag_sequence_score(
  inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> tf.Tensor:
  """The summed score, as a log, of all sequences of the tags that are allowed.

  Args:
    inputs: The potentials.
    tag_bitmap: Bool (B, T, N): the tags that are allowed.
    sequence_lengths: Int (B,).
    transition_params: The scores of transitions.
  """
  inputs = tf.convert_to_tensor(inputs)
  never = tf.fill(tf.shape(inputs), tf.cast(-np.inf, inputs.dtype))
  allowed = tf.where(tag_bitmap, inputs, never)
  return crf_log_norm(allowed, sequence_lengths, transition_params)


def _scan(step: Any, first: tf.Tensor, inputs: Any, lengths: Any) -> tf.Tensor:
  """The state after each example's last step of a recursion over time."""
  others = tf.transpose(inputs[:, 1:], [1, 0, 2])
  live = tf.transpose(
    tf.sequence_mask(
      tf.maximum(tf.cast(lengths, tf.int64) - 1, 0), tf.shape(inputs)[1] - 1
    )
  )

  def advance(state: tf.Tensor, now: Any) -> tf.Tensor:
    potentials, is_live = now
    return tf.where(is_live[:, tf.newaxis], step(state, potentials), state)

  return tf.foldl(advance, (others, live), initializer=first)


def crf_log_norm(
  inputs: Any, sequence_lengths: Any, transition_params: Any
) -> tf.Tensor:
  """The log of the summed exponentials of all sequences' scores: (B,)."""
  inputs = tf.convert_to_tensor(inputs)
  transitions = tf.convert_to_tensor(transition_params)[tf.newaxis]

  def step(state: tf.Tensor, potentials: tf.Tensor) -> tf.Tensor:
    scores = state[:, :, tf.newaxis] + transitions
    return potentials + tf.reduce_logsumexp(scores, axis=1)

  last = _scan(step, inputs[:, 0], inputs, sequence_lengths)
  norm = tf.reduce_logsumexp(last, axis=1)
  return tf.where(
    tf.cast(sequence_lengths, tf.int64) > 0, norm, tf.zeros_like(norm)
  )


def crf_log_likelihood(
  inputs: Any,
  tag_indices: Any,
  sequence_lengths: Any,
  transition_params: Any = None,
) -> tuple[tf.Tensor, Any]:
  """The log likelihood of given tags.

  Args:
    inputs: The potentials.
    tag_indices: Int (B, T).
    sequence_lengths: Int (B,).
    transition_params: Of transitions; by default a variable `transitions`.

  Returns:
    Float (B,), and the scores of transitions.
  """
  inputs = tf.convert_to_tensor(inputs)
  if transition_params is None:
    tags = int(inputs.shape[2])
    transition_params = v1.get_variable('transitions', [tags, tags])
  score = crf_sequence_score(
    inputs, tag_indices, sequence_lengths, transition_params
  )
  norm = crf_log_norm(inputs, sequence_lengths, transition_params)
  return score - norm, transition_params


def crf_decode(
  potentials: Any, transition_params: Any, sequence_length: Any
) -> tuple[tf.Tensor, tf.Tensor]:
  """The best sequence of tags of each example.

  Args:
    potentials: Float (B, T, N).
    transition_params: Float (N, N).
    sequence_length: Int (B,).

  Returns:
    Int32 (B, T), 0 after an example's end; and the best scores, (B,).
  """
  potentials = tf.convert_to_tensor(potentials)
  transitions = tf.convert_to_tensor(transition_params)[tf.newaxis]
  lengths = tf.cast(sequence_length, tf.int64)
  steps = tf.shape(potentials, out_type=tf.int64)[1]
  tags = tf.shape(potentials)[2]
  live = tf.transpose(tf.sequence_mask(tf.maximum(lengths - 1, 0), steps - 1))
  stay = tf.range(tags)[tf.newaxis]

  def forward(state: Any, now: Any) -> Any:
    scores, _ = state
    here, is_live = now
    through = scores[:, :, tf.newaxis] + transitions
    best = here + tf.reduce_max(through, axis=1)
    back = tf.argmax(through, axis=1, output_type=tf.int32)
    keep = is_live[:, tf.newaxis]
    return (
      tf.where(keep, best, scores),
      # A step after the end leads to the same tag before it.
      tf.where(keep, back, tf.broadcast_to(stay, tf.shape(back))),
    )

  first = potentials[:, 0]
  others = tf.transpose(potentials[:, 1:], [1, 0, 2])
  start = (first, tf.zeros_like(first, tf.int32))
  scores, backs = tf.scan(forward, (others, live), initializer=start)
  final = tf.concat([first[tf.newaxis], scores], 0)[-1]
  last = tf.argmax(final, axis=1, output_type=tf.int32)
  before = tf.scan(
    lambda tag, back: tf.gather(back, tag, batch_dims=1),
    backs,
    initializer=last,
    reverse=True,
  )
  path = tf.transpose(tf.concat([before, last[tf.newaxis]], 0))
  mask = tf.sequence_mask(tf.maximum(lengths, 1), steps, dtype=tf.int32)
  path *= mask
  path.set_shape(potentials.shape[:2])
  return path, tf.reduce_max(final, axis=1)


def viterbi_decode(
  score: np.ndarray, transition_params: np.ndarray
) -> tuple[list[int], float]:
  """The best sequence of tags of one example, outside of TensorFlow.

  Args:
    score: Float (T, N).
    transition_params: Float (N, N).

  Returns:
    Tags, and the best score.
  """
  best = np.array(score[0])
  backs = []
  for potentials in score[1:]:
    through = best[:, np.newaxis] + transition_params
    backs.append(np.argmax(through, axis=0))
    best = potentials + np.max(through, axis=0)
  path = [int(np.argmax(best))]
  for back in reversed(backs):
    path.append(int(back[path[-1]]))
  return path[::-1], np.max(best)
