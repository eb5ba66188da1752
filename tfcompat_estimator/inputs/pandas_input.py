"""Makes input functions over pandas DataFrames."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.inputs import rows

_X = 'x/'
_Y = 'y/'


def pandas_input_fn(
  x,
  y=None,
  batch_size=128,
  num_epochs=1,
  shuffle=None,
  queue_capacity=1000,
  num_threads=1,
  target_column='target',
):
  """Returns an input function over a DataFrame in memory.

  It gives (features, targets), or features alone if `y` is None: features are a
  dict of tensors of shape [batch], by column of `x`; targets such a tensor for
  a Series and such a dict for a DataFrame. Columns of text become strings. In
  eager mode it gives a `tf.data.Dataset` of that.

  Args:
    x: A pandas `DataFrame`; its index is not used.
    y: A `Series` or a `DataFrame` with the index of `x`, or None.
    batch_size: The number of rows in a batch; the last one may have less.
    num_epochs: How often to go through the rows; None: without end, and every
      batch is full.
    shuffle: A bool, whether rows are drawn at random. It must be given.
    queue_capacity: Rows are drawn from so many that wait.
    num_threads: The number of readers. Each goes through all epochs; for
      repeatable order, as in prediction and evaluation, leave it at 1.
    target_column: A str that is no column of `x`; it stands for `y` where `y`
      is a Series.

  Returns:
    A function of no arguments.

  Raises:
    ValueError: `shuffle` is no bool, `x` is empty or has the column
      `target_column`, or the indexes of `x` and `y` differ.
    AttributeError: `x` or `y` is nothing of pandas.
    TypeError: Pandas is not installed, or `target_column` is no string.
  """
  pandas = _pandas()
  rows.check_shuffle(shuffle)
  if not isinstance(target_column, str):
    raise TypeError(
      f'target_column must be a string type, given: {target_column!r}.'
    )
  if not isinstance(x, pandas.DataFrame):
    raise AttributeError(
      f"x must be a pandas DataFrame: a '{type(x).__name__}' object has no "
      "attribute 'columns'. For arrays there is numpy_input_fn."
    )
  columns = {_X + str(name): _array(x[name]) for name in x.columns}
  if y is not None:
    columns |= _targets(pandas, x, y, target_column)
  if not x.size:
    raise ValueError(
      f'x must have at least one row and one column; its shape is {x.shape}.'
    )

  def restore(batch: dict[str, tf.Tensor]) -> Any:
    """The batch in the structure of `x` and `y`."""
    features = {name: batch[_X + str(name)] for name in x.columns}
    if y is None:
      return features
    if isinstance(y, pandas.DataFrame):
      return features, {name: batch[_Y + str(name)] for name in y.columns}
    return features, batch[_Y]

  def input_fn() -> Any:
    """The next batch of rows."""
    taken = rows.batches(
      columns, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )
    if isinstance(taken, tf.data.Dataset):
      return taken.map(restore)
    return restore(taken)

  return input_fn


def _pandas() -> Any:
  try:
    import pandas as pd
  except ImportError as error:
    raise TypeError(
      'pandas_input_fn should not be called without pandas installed. Install '
      'it, or use numpy_input_fn.'
    ) from error
  return pd


def _targets(
  pandas: Any, x: Any, y: Any, target_column: str
) -> dict[str, np.ndarray]:
  if target_column in x:
    raise ValueError(
      f'Cannot use name {target_column} for target column: DataFrame already '
      f'has a column with that name: {x.columns}'
    )
  if not isinstance(y, (pandas.Series, pandas.DataFrame)):
    raise AttributeError(
      f"y must be a pandas Series or DataFrame: a '{type(y).__name__}' object "
      "has no attribute 'index' of rows. Make it pandas.Series(y, index=x.index)."
    )
  if not np.array_equal(x.index, y.index):
    raise ValueError(
      f'Index for x and y are mismatched.\nIndex for x: {x.index}\nIndex for '
      f'y: {y.index}\n'
    )
  if isinstance(y, pandas.DataFrame):
    return {_Y + str(name): _array(y[name]) for name in y.columns}
  return {_Y: _array(y)}


def _array(column: Any) -> np.ndarray:
  """A column's values, of a dtype that TensorFlow has.

  Of pandas' own types, texts and categories become texts, and numbers without a
  missing value become numpy's.
  """
  values = column.to_numpy()
  if values.dtype == object:
    plain = np.asarray(values.tolist())
    if plain.dtype.kind in 'biuf':
      return plain
  return values
