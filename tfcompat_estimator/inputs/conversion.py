"""Makes arrays and tensors of values, as TensorFlow does, in less time.

What is made stays the same. No issue of TensorFlow names the two:

- `numpy_compat.np_asarray` of TensorFlow 2.18 to 2.21 parses NumPy's version at each
  call, twice: 40% of what an element of `Dataset.from_generator` takes in Python.
- Strings of an array become a constant by a call of a function for each: with what
  stands here in a third of the time (TensorFlow 2.21).
"""

from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator import _tf


def as_array(
  values: Any, dtype: Any = None, order: Any = None, copy: Any = None
) -> np.ndarray:
  """`numpy.asarray`; numbers that do not fit a dtype of numbers wrap around."""
  if dtype is None or not np.issubdtype(dtype, np.number):
    return np.asarray(values, dtype=dtype, order=order, copy=copy)
  return np.asarray(values, order=order, copy=copy).astype(dtype, copy=copy)


def append_strings(proto: Any, values: np.ndarray) -> None:
  """Puts strings into a `TensorProto`, those of Python as UTF-8."""
  proto.string_val.extend(
    [
      value
      if type(value) is bytes
      else value.encode()
      if type(value) is str
      else tf.compat.as_bytes(value)
      for value in values.tolist()
    ]
  )


def install() -> None:
  """Has TensorFlow use both, the first one under NumPy 2: 1 knows no `copy`."""
  _tf.append_strings_by(append_strings)
  if _tf.numpy_compat and np.lib.NumpyVersion(np.__version__) >= '2.0.0':
    _tf.numpy_compat.np_asarray = as_array
