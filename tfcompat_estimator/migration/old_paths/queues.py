"""Feeds queues with data in memory, as `inputs.queues.feeding_functions` did."""

import collections
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1


class _Source(NamedTuple):
  """Rows to enqueue.

  Attributes:
    dtypes: The types of the columns.
    shapes: The shapes of one row's values; a dimension is None where rows are
      padded.
    read: Makes an iterator of batches, each a list of arrays by column; takes
      the epoch's number and a source of random numbers.
  """

  dtypes: list[tf.DType]
  shapes: list[Any]
  read: Callable[[int, random.Random], Iterator[list[np.ndarray]]]


def enqueue_data(
  data: Any,
  capacity: int,
  shuffle: bool = False,
  min_after_dequeue: int | None = None,
  num_threads: int = 1,
  seed: int | None = None,
  name: str = 'enqueue_input',
  enqueue_size: int = 1,
  num_epochs: int | None = None,
  pad_value: Any = None,
) -> Any:
  """Makes a queue of rows, and the queue runner that fills it.

  Args:
    data: An array, an `OrderedDict` of arrays of one length, a
      `pandas.DataFrame`, or a generator function of dicts.
    capacity: How many rows the queue holds.
    shuffle: Whether rows are drawn at random.
    min_after_dequeue: How many rows stay, to be drawn from; a quarter of
      `capacity` by default. For `shuffle`.
    num_threads: The number of readers; each reads all rows.
    seed: For `shuffle`.
    name: The scope of the operations.
    enqueue_size: How many rows are enqueued at a time.
    num_epochs: How often each reader reads all rows; None: without end.
    pad_value: If not None, rows of a generator may differ in size: the queue
      fills up the smaller ones of a batch by zeros, or by empty strings.

  Returns:
    A queue whose elements are, for arrays and frames, the row's number or index
    and then its columns; for generators, the values by the order of keys.

  Raises:
    TypeError: `data` is of another type.
  """
  source = _source_of(data, enqueue_size, shuffle, pad_value is not None)
  with v1.name_scope(name):
    queue = _make_queue(
      source, capacity, shuffle, min_after_dequeue, seed, pad_value is not None
    )
    enqueue_ops = [
      queue.enqueue_many(_next_batch(source, num_epochs, seed, thread))
      for thread in range(num_threads)
    ]
    v1.train.add_queue_runner(v1.train.QueueRunner(queue, enqueue_ops))
    v1.summary.scalar(
      f'queue/{queue.name}/fraction_of_{capacity}_full',
      tf.cast(queue.size(), tf.float32) * (1.0 / capacity),
    )
  return queue


def _make_queue(
  source: _Source,
  capacity: int,
  shuffle: bool,
  min_after_dequeue: int | None,
  seed: int | None,
  is_padded: bool,
) -> Any:
  if is_padded:
    if shuffle:
      raise NotImplementedError(
        'padding and shuffling cannot be combined in a queue. Shuffle in the '
        'generator.'
      )
    return tf.queue.PaddingFIFOQueue(capacity, source.dtypes, source.shapes)
  if not shuffle:
    return tf.queue.FIFOQueue(capacity, source.dtypes, source.shapes)
  if min_after_dequeue is None:
    min_after_dequeue = capacity // 4
  return tf.queue.RandomShuffleQueue(
    capacity, min_after_dequeue, source.dtypes, source.shapes, seed=seed
  )


def _next_batch(
  source: _Source, num_epochs: int | None, seed: int | None, thread: int
) -> list[tf.Tensor]:
  """Tensors that are the next batch whenever they are computed.

  TensorFlow takes the StopIteration for the end of the queue.
  """
  chance = random.Random(None if seed is None else seed + thread)
  epochs = itertools.count() if num_epochs is None else range(num_epochs)
  batches = itertools.chain.from_iterable(
    source.read(epoch, chance) for epoch in epochs
  )
  tensors = tf.numpy_function(lambda: next(batches), [], source.dtypes)
  for tensor, shape in zip(tensors, source.shapes, strict=True):
    tensor.set_shape([None, *shape])
  return tensors


def _source_of(
  data: Any, enqueue_size: int, shuffle: bool, is_padded: bool
) -> _Source:
  if isinstance(data, np.ndarray):
    columns = [np.arange(len(data)), data]
  elif isinstance(data, collections.OrderedDict):
    columns = [np.arange(len(next(iter(data.values())))), *data.values()]
  elif hasattr(data, 'iloc'):  # a DataFrame
    columns = [np.asarray(data.index)]
    columns += [np.asarray(data[name]) for name in data.columns]
  elif callable(data):
    return _generated(data, enqueue_size, is_padded)
  else:
    raise TypeError(
      'data must be either a numpy array or pandas DataFrame if pandas is '
      f'installed; got {type(data).__name__}. Or give an OrderedDict of arrays, '
      'or a generator function of dicts.'
    )
  return _rows_of(columns, enqueue_size, shuffle)


def _rows_of(
  columns: list[np.ndarray], enqueue_size: int, shuffle: bool
) -> _Source:
  count = len(columns[0])
  starts: dict[int, int] = {}

  def read(epoch: int, chance: random.Random) -> Iterator[list[np.ndarray]]:
    """One epoch, from the reader's own first row round to it again."""
    del epoch
    start = starts.setdefault(
      id(chance), chance.randrange(count) if shuffle else 0
    )
    order = (np.arange(count) + start) % count
    for first in range(0, count, enqueue_size):
      rows = order[first : first + enqueue_size]
      yield [column[rows] for column in columns]

  return _Source(
    [tf.as_dtype(column.dtype) for column in columns],
    [column.shape[1:] for column in columns],
    read,
  )


def _generated(
  generate: Callable[[], Iterator[dict[str, Any]]],
  enqueue_size: int,
  is_padded: bool,
) -> _Source:
  if is_padded:
    enqueue_size = 1  # rows of one array would have to be of one size
  first = next(iter(generate()))
  keys = sorted(first)
  samples = [np.asarray(first[key]) for key in keys]

  def read(epoch: int, chance: random.Random) -> Iterator[list[np.ndarray]]:
    """All that the generator gives."""
    del epoch, chance
    rows = iter(generate())
    while batch := list(itertools.islice(rows, enqueue_size)):
      yield [
        np.stack([np.asarray(row[key], sample.dtype) for row in batch])
        for key, sample in zip(keys, samples, strict=True)
      ]

  return _Source(
    [tf.as_dtype(sample.dtype) for sample in samples],
    [
      [None] * sample.ndim if is_padded else list(sample.shape)
      for sample in samples
    ],
    read,
  )
