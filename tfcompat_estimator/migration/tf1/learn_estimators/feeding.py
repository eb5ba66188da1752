"""Arrays as input: what `x` and `y` of `fit`, `evaluate` and `predict` give."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import feature_columns

# Rows were shuffled by this seed, whatever that of the model was.
_SEED = 42


def check(
  x: Any, y: Any, input_fn: Any, feed_fn: Any = None, batch_size: Any = None
) -> None:
  """Raises ValueError unless either arrays or an `input_fn` are given."""
  if input_fn is not None:
    if x is not None or y is not None:
      raise ValueError('Can not provide both input_fn and x or y.')
    if batch_size is not None:
      raise ValueError('Can not provide both input_fn and batch_size.')
    return
  if x is None:
    raise ValueError('Either x or input_fn must be provided.')
  if tf.is_tensor(x) or tf.is_tensor(y):
    raise ValueError('Inputs cannot be tensors. Please provide input_fn.')
  if feed_fn is not None:
    raise ValueError('Can not provide both feed_fn and x or y.')


def array(values: Any) -> Any:
  """Arrays of what is given: a DataFrame, a list, or a dict of such."""
  if isinstance(values, Mapping):
    return {name: array(each) for name, each in values.items()}
  if hasattr(values, '__next__'):
    raise ValueError(
      f'`x` ({values}) is an iterator: these are not served. Use an input_fn '
      'with tf.data.Dataset.from_generator.'
    )
  return np.asarray(values)


def features_of(x: Any) -> Any:
  """`x` as a model gets it: a value a row is a row of one value."""
  return tf.nest.map_structure(
    lambda each: each[:, np.newaxis] if each.ndim == 1 else each, array(x)
  )


def _labels_of(y: Any) -> Any:
  return tf.nest.map_structure(
    lambda each: each[:, 0] if each.ndim == 2 and each.shape[1] == 1 else each,
    array(y),
  )


def make_input_fn(
  x: Any,
  y: Any,
  batch_size: int | None,
  *,
  shuffle: bool = False,
  epochs: int | None = 1,
) -> Callable[[], tf.data.Dataset]:
  """An `input_fn` of arrays.

  Args:
    x: An array (rows, ...), a DataFrame, or a dict of arrays.
    y: Of as many rows; None for no labels.
    batch_size: Rows of a batch; None for all of them.
    shuffle: In each epoch anew, always in the same way.
    epochs: None for no end.

  Raises:
    ValueError: `batch_size` is not positive, or there are no rows.
  """
  if batch_size is not None and batch_size <= 0:
    raise ValueError(f'Invalid batch_size {batch_size}.')
  values = features_of(x) if y is None else (features_of(x), _labels_of(y))
  leaves = tf.nest.flatten(values)
  rows = len(leaves[0])
  if not rows or any(len(each) != rows for each in leaves):
    raise ValueError(
      '`x` and `y` must have the same number of rows, one or more. They have '
      f'{[len(each) for each in leaves]}.'
    )
  size = min(batch_size or rows, rows)

  def batches() -> Iterator[Any]:
    state = np.random.RandomState(_SEED)
    epoch = 0
    while epochs is None or epoch < epochs:
      order = state.permutation(rows) if shuffle else np.arange(rows)
      for begin in range(0, rows, size):
        chosen = order[begin : begin + size]
        yield tf.nest.map_structure(lambda each, at=chosen: each[at], values)
      epoch += 1

  def input_fn() -> tf.data.Dataset:
    kinds = tf.nest.map_structure(
      lambda each: tf.TensorSpec(
        (None, *each.shape[1:]), tf.as_dtype(each.dtype)
      ),
      values,
    )
    return tf.data.Dataset.from_generator(batches, output_signature=kinds)

  return input_fn


def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
  """Columns that take the numbers of an array, or of a dict of arrays."""
  return feature_columns.infer_real_valued_columns(features_of(x))


def infer_real_valued_columns_from_input_fn(
  input_fn: Callable[[], Any],
) -> list[Any]:
  """Columns that take the numbers of the features of an `input_fn`."""
  with tf.Graph().as_default():
    features, _ = input_fn()
    return feature_columns.infer_real_valued_columns(features)
