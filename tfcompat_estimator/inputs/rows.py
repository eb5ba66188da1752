"""Serves batches of rows of arrays in memory, in a queue's order, by tf.data."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.errors import notes

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_ENDLESS = np.iinfo(np.int64).max


def batches(
  columns: Mapping[str, np.ndarray],
  batch_size: int,
  num_epochs: int | None,
  shuffle: bool,
  queue_capacity: int,
  num_threads: int,
) -> dict[str, tf.Tensor] | tf.data.Dataset:
  """The next batch of rows of each column.

  Rows come as from a queue that `num_threads` readers fill, each with all the
  epochs. Batches run on across the ends of epochs; only the last may be small.
  Shuffled, a reader starts at a random row, and each row is drawn from
  `queue_capacity` rows that wait. Values stay out of the graph.

  Args:
    columns: Arrays of one length; at least one, with at least one row.
    batch_size: The number of rows in a batch.
    num_epochs: How often each reader reads all rows; None: without end, in
      batches of static size.
    shuffle: Whether rows are drawn at random.
    queue_capacity: From how many rows they are drawn.
    num_threads: The number of readers.

  Returns:
    Tensors by the names of the columns; in eager mode, where an endless stream
    of them cannot stand behind one tensor, a `tf.data.Dataset` of such dicts.

  Raises:
    ValueError: `batch_size` or `num_threads` is not positive.
  """
  for name, value in (('batch_size', batch_size), ('num_threads', num_threads)):
    if value <= 0:
      raise ValueError(f'`{name}` ({value}) must be > 0. Set it to 1 or more.')
  _warn(shuffle, num_epochs, num_threads)
  count = len(next(iter(columns.values())))

  def make() -> tf.data.Dataset:
    indices = _indices(
      count, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )
    indices = indices.batch(batch_size, drop_remainder=num_epochs is None)
    taken = indices.map(lambda i: _take(columns, i % count))
    return taken.with_options(_no_threads())

  if tf.executing_eagerly():
    return make()
  notes.of(v1.get_default_graph()).is_endless |= num_epochs is None
  return _next_of(make())


def _next_of(dataset: tf.data.Dataset) -> Any:
  """The next element, of an iterator that takes no seed of the graph's.

  Queues take none for theirs, so what a model draws after this goes by the same seeds
  as with queues.
  """
  graph = v1.get_default_graph()
  seed, graph.seed = graph.seed, None
  try:
    # It needs no initializer, so that it runs in whatever session the user opens.
    return v1.data.make_one_shot_iterator(dataset).get_next()
  finally:
    graph.seed = seed


def check_shuffle(shuffle: Any) -> None:
  """Checks that the user decided about shuffling.

  Raises:
    ValueError: `shuffle` is no bool.
  """
  if not isinstance(shuffle, bool):
    raise ValueError(
      'shuffle must be provided and explicitly set as boolean (it is '
      f'recommended to set it as True for training); got {shuffle}'
    )


def _indices(
  count: int,
  batch_size: int,
  num_epochs: int | None,
  shuffle: bool,
  queue_capacity: int,
  num_threads: int,
) -> tf.data.Dataset:
  """Row numbers, not reduced modulo `count`."""
  length = _ENDLESS - count if num_epochs is None else count * num_epochs

  def reader(unused_number: tf.Tensor) -> tf.data.Dataset:
    start = tf.constant(0, tf.int64)
    if shuffle:
      # The seed that it would have anyhow, said so that TensorFlow does not warn of it.
      seed = None if v1.get_default_graph().seed is None else 0
      start = tf.random.uniform([], 0, count, tf.int64, seed)
    return tf.data.Dataset.range(start, start + length)

  # Without shuffling one thread after the other puts a batch into the queue.
  indices = tf.data.Dataset.range(num_threads).interleave(
    reader, cycle_length=num_threads, block_length=batch_size
  )
  return indices.shuffle(max(queue_capacity, 1)) if shuffle else indices


def _no_threads() -> tf.data.Options:
  """Keeps tf.data from reading ahead in threads of its own.

  Freeing an iterator waits for its threads, and one that is about to call
  Python waits for the interpreter lock, which whoever frees may hold.
  """
  options = tf.data.Options()
  options.autotune.enabled = False
  options.experimental_optimization.apply_default_optimizations = False
  options.experimental_optimization.inject_prefetch = False
  return options


def _take(
  columns: Mapping[str, np.ndarray], indices: tf.Tensor
) -> dict[str, tf.Tensor]:
  names = list(columns)
  dtypes = [tf.as_dtype(columns[name].dtype) for name in names]
  # A constant would hold all the rows in each graph that is saved.
  taken = tf.numpy_function(
    lambda rows: [columns[name][rows] for name in names], [indices], dtypes
  )
  for name, tensor in zip(names, taken, strict=True):
    tensor.set_shape([*indices.shape, *columns[name].shape[1:]])
  return dict(zip(names, taken, strict=True))


def _warn(shuffle: bool, num_epochs: int | None, num_threads: int) -> None:
  if num_threads == 1:
    return
  if num_epochs is not None:
    logging.warning(
      f'num_epochs is applied per thread: {num_threads} threads read '
      f'{num_threads} * {num_epochs} epochs. If you want to limit epochs, use '
      'one thread.'
    )
  if shuffle and num_epochs is not None:
    logging.warning(
      'With shuffle=True, num_epochs and several threads the rows may not be '
      'sufficiently shuffled: all threads fill one queue in order.'
    )
  if not shuffle:
    logging.warning(
      f'With shuffle=False and {num_threads} threads each row comes once for '
      'each thread. If you want examples read in order, use one thread; if you '
      'want multiple threads, enable shuffling.'
    )
