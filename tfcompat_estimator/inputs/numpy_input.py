"""Makes input functions over numpy arrays."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.inputs import rows

# Columns get these prefixes while features and targets travel together.
_X = 'x/'
_Y = 'y/'


def numpy_input_fn(
  x,
  y=None,
  batch_size=128,
  num_epochs=1,
  shuffle=None,
  queue_capacity=1000,
  num_threads=1,
):
  """Returns an input function over arrays in memory.

  It gives (features, targets), or features alone if `y` is None, where features
  have the structure of `x` and targets that of `y`: a tensor for an array, a
  dict of tensors sorted by key for a dict; row by row, of the arrays' dtypes
  and shapes with the batch dimension in front. In eager mode it gives a
  `tf.data.Dataset` of that.

  Args:
    x: A numpy array, or a dict of them, all of one length in dimension 0; in a
      dict, also a pandas Series with labels 0, 1, ....
    y: Likewise, of the same length as `x`; or None.
    batch_size: The number of rows in a batch; the last one may have less.
    num_epochs: How often to go through the rows; None: without end, and every
      batch is full.
    shuffle: A bool, whether rows are drawn at random. It must be given.
    queue_capacity: Rows are drawn from so many that wait.
    num_threads: The number of readers. Each goes through all epochs; for
      repeatable order, as in prediction and evaluation, leave it at 1.

  Returns:
    A function of no arguments.

  Raises:
    ValueError: `shuffle` is no bool. When the function is called: `x` or `y`
      is empty, lengths differ, or `x` and `y` are dicts with a key in common.
    TypeError: When the function is called: `x` is neither dict nor array.
  """
  rows.check_shuffle(shuffle)

  def input_fn() -> Any:
    """The next batch of rows."""
    features = _columns(x)
    targets = _target_columns(y)
    _check(features, targets, x, y)
    columns = {_X + str(key): value for key, value in features.items()}
    columns |= {_Y + str(key): value for key, value in targets.items()}
    taken = rows.batches(
      columns, batch_size, num_epochs, shuffle, queue_capacity, num_threads
    )
    if isinstance(taken, tf.data.Dataset):
      return taken.map(lambda batch: _restore(batch, x, y))
    return _restore(taken, x, y)

  return input_fn


def _columns(x: Any) -> dict[Any, np.ndarray]:
  if isinstance(x, dict):
    if not x:
      raise ValueError('x cannot be an empty dict. Give at least one feature.')
    return {key: _array(x[key]) for key in sorted(x)}
  if isinstance(x, np.ndarray):
    if not x.size:
      raise ValueError('x cannot be an empty array. Give at least one row.')
    return {'': x}
  raise TypeError(f'x must be a dict or array; got {type(x).__name__}')


def _target_columns(y: Any) -> dict[Any, np.ndarray]:
  if y is None:
    return {}
  if isinstance(y, dict):
    if not y:
      raise ValueError('y cannot be empty dict, use None instead.')
    return {key: _array(y[key]) for key in sorted(y)}
  return {'': _array(y)}


def _array(column: Any) -> Any:
  """A pandas Series by its labels 0, 1, ..., as the reference reads it."""
  if type(column).__name__ == 'Series':
    return np.asarray(column[np.arange(len(column))])
  return column


def _check(
  features: dict[Any, np.ndarray],
  targets: dict[Any, np.ndarray],
  x: Any,
  y: Any,
) -> None:
  for name, columns in (('x', features), ('y', targets)):
    for key, column in columns.items():
      if not isinstance(column, np.ndarray):
        where = f'{name}[{key!r}]' if isinstance(x, dict) else name
        raise AttributeError(
          f"{where} must be a numpy array: a '{type(column).__name__}' object "
          "has no attribute 'shape'. Convert it with numpy.asarray."
        )
  shared = set(features) & set(targets)
  if isinstance(x, dict) and isinstance(y, dict) and shared:
    raise ValueError(
      f'{len(shared)} duplicate keys are found in both x and y: {shared}. '
      'Rename them.'
    )
  if len({len(c) for c in (*features.values(), *targets.values())}) != 1:
    raise ValueError(
      'Length of tensors in x and y is mismatched. All elements in x and y must '
      f'have the same length.\nShapes in x: {_shapes(x)}\nShapes in y: '
      f'{_shapes(y)}'
    )
  if not len(next(iter(features.values()))):
    raise ValueError(f'x must have at least one row. Shapes in x: {_shapes(x)}')


def _shapes(given: Any) -> Any:
  if isinstance(given, dict):
    return {key: value.shape for key, value in given.items()}
  return None if given is None else given.shape


def _restore(batch: dict[str, tf.Tensor], x: Any, y: Any) -> Any:
  features = _structured(batch, _X, x)
  return features if y is None else (features, _structured(batch, _Y, y))


def _structured(batch: dict[str, tf.Tensor], prefix: str, given: Any) -> Any:
  if isinstance(given, dict):
    return {key: batch[prefix + str(key)] for key in sorted(given)}
  return batch[prefix]
