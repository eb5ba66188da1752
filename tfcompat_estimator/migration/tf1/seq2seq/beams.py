"""Tensors of beams: tiled, merged with the batch, and sorted into sequences."""

from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
  """Repeats each example, one copy after the other."""
  with v1.name_scope(name, 'tile_batch', [*tf.nest.flatten(t), multiplier]):
    return tf.nest.map_structure(lambda part: _tiled(part, multiplier), t)


def _tiled(values: Any, multiplier: int) -> tf.Tensor:
  values = tf.convert_to_tensor(values, name='t')
  if values.shape.rank is None:
    raise ValueError(
      '`t` is of unknown rank: set its shape before, by set_shape.'
    )
  repeated = tf.repeat(values, multiplier, axis=0)
  size, *rest = values.shape.as_list()
  repeated.set_shape([None if size is None else size * multiplier, *rest])
  return repeated


def merge(values: Any) -> tf.Tensor:
  """(batch, beams, ...) as (batch * beams, ...)."""
  batch, beam_width, *rest = values.shape.as_list()
  known = None if None in (batch, beam_width) else batch * beam_width
  merged = tf.reshape(values, tf.concat([[-1], tf.shape(values)[2:]], 0))
  merged.set_shape([known, *rest])
  return merged


def split(values: Any, batch_size: Any, beam_width: int) -> tf.Tensor:
  """(batch * beams, ...) as (batch, beams, ...)."""
  parts = tf.reshape(
    values,
    tf.concat([[batch_size, beam_width], tf.shape(values)[1:]], 0),
  )
  parts.set_shape(
    [
      tf.get_static_value(batch_size),
      beam_width,
      *values.shape.as_list()[1:],
    ]
  )
  return parts


def gather_tree(
  step_ids: Any,
  parent_ids: Any,
  max_sequence_lengths: Any,
  end_token: Any,
  name: str | None = None,
) -> tf.Tensor:
  """Whole sequences of beams, from the last step back to the first.

  Args:
    step_ids: (time, batch, beams): what each beam took.
    parent_ids: (time, batch, beams): the beam that it went on from.
    max_sequence_lengths: (batch,): where to begin.
    end_token: What stands after a sequence's end.
    name: Of the scope.
  """
  with v1.name_scope(name, 'GatherTree'):
    step_ids = tf.convert_to_tensor(step_ids)
    parent_ids = tf.convert_to_tensor(parent_ids)
    end_token = tf.cast(end_token, step_ids.dtype)
    steps, batch, beams = (tf.shape(step_ids)[axis] for axis in range(3))
    lengths = tf.cast(max_sequence_lengths, tf.int32)[:, tf.newaxis]
    ended = tf.fill([batch, beams], end_token)
    last = tf.tile(tf.range(beams)[tf.newaxis], [batch, 1])

    def one(before: Any, now: Any) -> Any:
      _, beam = before
      time, ids, parents = now
      inside = tf.tile(time < lengths, [1, beams])
      found = tf.gather(ids, beam, batch_dims=1)
      above = tf.gather(parents, beam, batch_dims=1)
      return tf.where(inside, found, ended), tf.where(inside, above, beam)

    ids, _ = tf.scan(
      one,
      (tf.range(steps), step_ids, parent_ids),
      (ended, last),
      reverse=True,
    )
    ends = tf.cast(tf.equal(ids, end_token), tf.int32)
    after = tf.cumsum(ends, axis=0, exclusive=True) > 0
    result = tf.where(after, end_token, ids)
    result.set_shape(step_ids.shape)
    return result


def sorted_history(
  history: tf.Tensor, parent_ids: tf.Tensor, lengths: tf.Tensor
) -> tf.Tensor:
  """(time, batch * beams, ...) of steps, as that of whole sequences."""
  steps, batch, beams = (tf.shape(parent_ids)[axis] for axis in range(3))
  own = tf.tile(tf.reshape(tf.range(beams), [1, 1, -1]), [steps, batch, 1])
  lengths = tf.cast(lengths, tf.int32)
  found = gather_tree(
    own, parent_ids, tf.reduce_max(lengths, axis=1), beams + 1
  )
  inside = tf.transpose(tf.sequence_mask(lengths, steps), [2, 0, 1])
  apart = tf.reshape(history, [steps, batch, beams, -1])
  ordered = tf.gather(apart, tf.where(inside, found, own), batch_dims=2)
  return tf.reshape(ordered, tf.shape(history))
