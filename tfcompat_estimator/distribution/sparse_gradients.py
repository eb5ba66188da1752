"""Adds up the sparse gradients of workers that train in step."""

import contextlib
import functools
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

# One key for each power of two that a length, an int32, can be rounded up to.
_SIZES = 32


@contextlib.contextmanager
def of_any_length(strategy: Any) -> Iterator[None]:
  """Lets gradients of embeddings have another length in each step.

  In a plain graph TensorFlow gathers them under a key that is a constant, and a
  key stands for one shape: "Shape mismatch in the collective instance" as soon as
  a batch has more distinct words than the last one (TensorFlow 2.15 to 2.21:
  tensorflow/tensorflow#33339, and #24003 of linear models).

  Args:
    strategy: A MultiWorkerMirroredStrategy; changed for as long as this lasts.
  """
  launchers = strategy.extended._cross_device_ops._launchers  # noqa: SLF001
  for launcher in launchers:
    launcher.all_reduce_indexed_slices = functools.partial(_add_up, launcher)
  try:
    yield
  finally:
    for launcher in launchers:
      del launcher.all_reduce_indexed_slices


def _add_up(
  launcher: Any, slices: tf.IndexedSlices, options: Any = None
) -> tf.IndexedSlices:
  """The slices of all replicas, one after the other.

  Args:
    launcher: TensorFlow's, of a replica.
    slices: Those of this replica.
    options: As for the method of the launcher that this stands for.
  """
  options = launcher._options.merge(options)  # noqa: SLF001
  with tf.device(launcher._device):  # noqa: SLF001
    length = tf.shape(slices.indices)
    lengths = launcher._all_gather(length, options)  # noqa: SLF001
    gather = functools.partial(
      _gather, launcher, options=options, length=length[0], lengths=lengths
    )
    values = gather(slices.values)
    # In the same order everywhere, as NCCL wants it.
    with tf.control_dependencies([values]):
      indices = gather(slices.indices)
  return tf.IndexedSlices(values, indices, slices.dense_shape)


def _gather(
  launcher: Any,
  part: tf.Tensor,
  options: Any,
  length: tf.Tensor,
  lengths: tf.Tensor,
) -> tf.Tensor:
  """The rows that all replicas have.

  They travel padded to a power of two; each of these has a key of its own.
  """
  keys = [launcher._next_instance_key() for _ in range(_SIZES)]  # noqa: SLF001
  sizes = tf.bitwise.left_shift(1, tf.range(_SIZES - 1))
  which = tf.reduce_sum(tf.cast(sizes < tf.reduce_max(lengths), tf.int32))
  size = sizes[which]
  rest = tf.zeros([tf.rank(part) - 1, 2], tf.int32)
  padded = tf.pad(part, tf.concat([[[0, size - length]], rest], axis=0))
  count = launcher._group_size  # noqa: SLF001
  padded_of_all = tf.raw_ops.CollectiveGatherV2(
    input=padded,
    group_size=count,
    group_key=launcher._group_key,  # noqa: SLF001
    instance_key=tf.constant(keys)[which],
    ordering_token=[],
    communication_hint=options.implementation.value,
    timeout_seconds=options.timeout_seconds or 0,
  )
  return tf.concat(
    [
      padded_of_all[index * size : index * size + lengths[index]]
      for index in range(count)
    ],
    axis=0,
  )
