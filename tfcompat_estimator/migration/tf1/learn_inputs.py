"""Input functions of `tf.contrib.learn.io`: of arrays, frames and generators."""

import functools
import itertools
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.inputs import numpy_input, pandas_input

v1 = tf.compat.v1

Rows = Callable[[], Iterator[dict[str, Any]]]


def numpy_input_fn(
  x: Any,
  y: Any = None,
  batch_size: int = 128,
  num_epochs: int | None = 1,
  shuffle: bool = True,
  queue_capacity: int = 1000,
  num_threads: int = 1,
) -> Callable[[], Any]:
  """`tf.estimator.inputs.numpy_input_fn`, but that `shuffle` has a default."""
  return numpy_input.numpy_input_fn(
    x, y, batch_size, num_epochs, shuffle, queue_capacity, num_threads
  )


def pandas_input_fn(
  x: Any,
  y: Any = None,
  batch_size: int = 128,
  num_epochs: int | None = 1,
  shuffle: bool = True,
  queue_capacity: int = 1000,
  num_threads: int = 1,
  target_column: str = 'target',
) -> Callable[[], Any]:
  """`tf.estimator.inputs.pandas_input_fn`, but that `shuffle` has a default."""
  return pandas_input.pandas_input_fn(
    x,
    y,
    batch_size,
    num_epochs,
    shuffle,
    queue_capacity,
    num_threads,
    target_column,
  )


def _first(x: Any) -> dict[str, Any]:
  """The first row of a generator function, checked."""
  if not isinstance(x, types.FunctionType):
    raise TypeError(f'x must be generator function; got {type(x).__name__}')
  rows = x()
  if not isinstance(rows, types.GeneratorType):
    raise TypeError(f'x() must be generator; got {type(rows).__name__}')
  row = next(rows)
  if not isinstance(row, dict):
    raise TypeError(f'x() must yield dict; got {type(row).__name__}')
  return row


def _targets(target_key: Any, known: list[str]) -> list[str]:
  """The keys of targets, checked."""
  if target_key is None:
    return []
  keys = [target_key] if isinstance(target_key, str) else target_key
  bad = keys if not hasattr(keys, '__contains__') else None
  bad = bad or next((key for key in keys if not isinstance(key, str)), None)
  if bad is not None:
    raise TypeError(
      f'target_key must be str or Container of str; got {type(bad).__name__}'
    )
  for key in keys:
    if key not in known:
      raise KeyError(
        f'target_key not in yielded dict. Expected {known} keys; got {key}'
      )
  return list(keys)


def _padded(rows: list[Any], value: Any) -> list[Any]:
  """Arrays whose last axes are of one size."""
  size = max(row.shape[-1] if row.ndim else 0 for row in rows)
  return [
    np.pad(
      row,
      [(0, 0)] * (row.ndim - 1) + [(0, size - row.shape[-1])],
      constant_values=value,
    )
    if row.ndim
    else row
    for row in rows
  ]


def _chunks(
  x: Rows, keys: list[str], size: int, num_epochs: int | None
) -> Iterator[list[list[Any]]]:
  """Some rows at a time, as 1.15 fed its queue.

  The last ones of an epoch come together with the first ones of the next, so
  that no chunk is smaller, the very last one neither.
  """
  rows, epoch = x(), 0
  while not num_epochs or epoch < num_epochs:
    chunk: list[list[Any]] = []
    while len(chunk) < size:
      row = next(rows, None)
      if row is None:
        epoch, rows = epoch + 1, x()
        row = next(rows)
      if not row.keys() >= set(keys):
        raise KeyError(
          'key mismatch between dicts emitted by GenFun '
          f'Expected {keys} keys; got {list(row)}'
        )
      chunk.append([np.asarray(row[key]) for key in keys])
    yield chunk


def generator_input_fn(
  x: Rows,
  target_key: Any = None,
  batch_size: int = 128,
  num_epochs: int | None = 1,
  shuffle: bool = True,
  queue_capacity: int = 1000,
  num_threads: int = 1,
  pad_value: Any = None,
) -> Callable[[], Any]:
  """An input_fn of a generator of dicts of arrays, each an example.

  As in TensorFlow 1.15, rows are taken by chunks of `batch_size` divided by the
  number of keys; the last chunk is filled up with the first rows again.

  Args:
    x: A generator function of one epoch.
    target_key: The key, or keys, of labels.
    batch_size: Of the batches.
    num_epochs: How often the generator is called; without end if None.
    shuffle: Whether examples are shuffled.
    queue_capacity: How many examples are there to be shuffled.
    num_threads: Each goes through all epochs.
    pad_value: Fills arrays up along the last axis, to the longest of their
      chunk; those of a batch are filled up with zeros.

  Returns:
    A function that returns a dict of features, or that and labels: a tensor
    for one key, a dict for several.

  Raises:
    TypeError: `x` is no generator function of dicts, or a key is no string.
    KeyError: A key that rows do not have.
  """
  first = _first(x)
  keys = sorted(first)
  targets = _targets(target_key, keys)
  specs = tuple(
    tf.TensorSpec(
      np.shape(first[key])
      if pad_value is None
      else [*np.shape(first[key])[:-1], *[None] * (np.ndim(first[key]) > 0)],
      tf.as_dtype(np.asarray(first[key]).dtype),
    )
    for key in keys
  )
  if shuffle and pad_value is not None:
    raise NotImplementedError(
      'padding and shuffling data at the same time is not implemented'
    )

  def rows() -> Iterator[tuple[Any, ...]]:
    size = -(-batch_size // len(keys))
    readers = [_chunks(x, keys, size, num_epochs) for _ in range(num_threads)]
    for turn in itertools.zip_longest(*readers):
      for chunk in filter(None, turn):
        columns: Any = zip(*chunk, strict=True)
        if pad_value is not None:
          columns = map(functools.partial(_padded, value=pad_value), columns)
        yield from zip(*columns, strict=True)

  def input_fn() -> Any:
    data = v1.data.Dataset.from_generator(rows, output_signature=specs)
    if shuffle:
      data = data.shuffle(queue_capacity)
    whole = num_epochs is None
    if pad_value is None:
      data = data.batch(batch_size, drop_remainder=whole)
    else:
      data = data.padded_batch(batch_size, drop_remainder=whole)
    values = v1.data.make_one_shot_iterator(data).get_next()
    features = dict(zip(keys, values, strict=True))
    labels = {key: features.pop(key) for key in targets}
    if not targets:
      return features
    return features, labels if len(labels) > 1 else labels[targets[0]]

  return input_fn
