"""Queues that batch what is alike: `tf.contrib.training`."""

import itertools
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def _values(tensors: Any) -> list[Any]:
  if isinstance(tensors, dict):
    return [tensors[key] for key in sorted(tensors)]
  return list(tensors)


def _like(tensors: Any, values: list[Any]) -> Any:
  if isinstance(tensors, dict):
    return dict(zip(sorted(tensors), values, strict=True))
  return values


def bucket(
  tensors: Any,
  which_bucket: Any,
  batch_size: Any,
  num_buckets: int,
  num_threads: int = 1,
  capacity: int = 32,
  bucket_capacities: Any = None,
  shapes: Any = None,
  dynamic_pad: bool = False,
  allow_smaller_final_batch: bool = False,
  keep_input: Any = True,
  shared_name: str | None = None,
  name: str | None = None,
) -> tuple[tf.Tensor, Any]:
  """Batches examples, each with others of its bucket, by queues.

  Args:
    tensors: A list or dict: those of one example.
    which_bucket: Int scalar, from 0.
    batch_size: An int, or one for each bucket.
    num_buckets: How many.
    num_threads: That read examples.
    capacity: Of the queue of batches, and of each bucket.
    bucket_capacities: Of each bucket.
    shapes: Of the tensors, where they are not known.
    dynamic_pad: Pad what differs in shape with 0.
    allow_smaller_final_batch: At the end, give what is left.
    keep_input: Bool scalar: whether the example counts.
    shared_name: Is not read.
    name: Of the scope.

  Returns:
    The bucket of a batch, and its tensors, as `tensors` were.
  """
  values = [tf.convert_to_tensor(each) for each in _values(tensors)]
  sizes = (
    batch_size
    if isinstance(batch_size, list | tuple)
    else ([batch_size] * num_buckets)
  )
  if len(sizes) != num_buckets:
    raise ValueError(
      f'If batch_size is a list it must have num_buckets ({num_buckets}) '
      f'elements, has {len(sizes)}.'
    )
  with v1.name_scope(name, 'bucket', values):
    dtypes = [each.dtype for each in values]
    known = shapes or [each.shape for each in values]
    kind = v1.PaddingFIFOQueue if dynamic_pad else v1.FIFOQueue
    capacities = bucket_capacities or [capacity] * num_buckets
    queues = [
      kind(capacities[index], dtypes, known, name=f'bucket_queue_{index}')
      for index in range(num_buckets)
    ]
    top = v1.FIFOQueue(capacity, [tf.int32, *dtypes], name='top_queue')
    puts = [(lambda queue=queue: queue.enqueue(values)) for queue in queues]
    which = tf.cast(which_bucket, tf.int32)
    put = v1.case(
      [
        (tf.logical_and(tf.equal(which, index), keep_input), each)
        for index, each in enumerate(puts)
      ],
      default=tf.no_op,
      exclusive=True,
    )
    v1.train.add_queue_runner(
      v1.train.QueueRunner(
        queues[0],
        [put] * num_threads,
        close_op=tf.group(*[queue.close() for queue in queues]),
        cancel_op=tf.group(
          *[queue.close(cancel_pending_enqueues=True) for queue in queues]
        ),
        queue_closed_exception_types=(
          tf.errors.OutOfRangeError,
          tf.errors.CancelledError,
        ),
      )
    )
    _fill(top, queues, sizes, allow_smaller_final_batch)
    batch = top.dequeue()
    found = batch[1:]
    for each, shape in zip(found, known, strict=True):
      rank_known = tf.TensorShape(shape)
      size = (
        None if allow_smaller_final_batch or len(set(sizes)) > 1 else (sizes[0])
      )
      each.set_shape(tf.TensorShape([size]).concatenate(rank_known))
    return batch[0], _like(tensors, found)


def _fill(top: Any, queues: Any, sizes: Any, smaller: bool) -> None:
  """Has a thread for each bucket put its batches in the queue of batches."""
  puts = []
  for index, (queue, size) in enumerate(zip(queues, sizes, strict=True)):
    take = queue.dequeue_up_to if smaller else queue.dequeue_many
    taken = take(size)
    taken = taken if isinstance(taken, list) else [taken]
    puts.append(top.enqueue([tf.constant(index), *taken]))
  v1.train.add_queue_runner(
    v1.train.QueueRunner(
      top,
      puts,
      queue_closed_exception_types=(
        tf.errors.OutOfRangeError,
        tf.errors.CancelledError,
      ),
    )
  )


def bucket_by_sequence_length(
  input_length: Any,
  tensors: Any,
  batch_size: Any,
  bucket_boundaries: Any,
  num_threads: int = 1,
  capacity: int = 32,
  bucket_capacities: Any = None,
  shapes: Any = None,
  dynamic_pad: bool = False,
  allow_smaller_final_batch: bool = False,
  keep_input: Any = True,
  shared_name: str | None = None,
  name: str | None = None,
) -> tuple[tf.Tensor, Any]:
  """Batches examples, each with others of about its length.

  Args:
    input_length: Int scalar.
    tensors: See `bucket`.
    batch_size: See `bucket`.
    bucket_boundaries: Lengths, rising: a bucket begins at each.
    num_threads: See `bucket`.
    capacity: See `bucket`.
    bucket_capacities: See `bucket`.
    shapes: See `bucket`.
    dynamic_pad: See `bucket`.
    allow_smaller_final_batch: See `bucket`.
    keep_input: See `bucket`.
    shared_name: See `bucket`.
    name: Of the scope.

  Returns:
    The lengths of a batch, and its tensors.

  Raises:
    TypeError: `bucket_boundaries` is no list of ints.
    ValueError: They are none, or do not rise.
  """
  boundaries = list(bucket_boundaries)
  if not boundaries:
    raise ValueError('bucket_boundaries must not be empty')
  if any(a >= b for a, b in itertools.pairwise(boundaries)):
    raise ValueError(
      f'Buckets must contain sequential increasing lengths, but got: {boundaries}'
    )
  length = tf.cast(input_length, tf.int32)
  which = tf.reduce_sum(tf.cast(length >= tf.constant(boundaries), tf.int32))
  values = [length, *_values(tensors)]
  wanted = None if shapes is None else [tf.TensorShape([]), *shapes]
  _, batch = bucket(
    values,
    which,
    batch_size,
    len(boundaries) + 1,
    num_threads,
    capacity,
    bucket_capacities,
    wanted,
    dynamic_pad,
    allow_smaller_final_batch,
    keep_input,
    name=name,
  )
  return batch[0], _like(tensors, batch[1:])
