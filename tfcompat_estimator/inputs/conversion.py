"""Makes arrays of values without asking for NumPy's version each time.

`numpy_compat.np_asarray` of TensorFlow 2.18 to 2.21 parses the version at each call,
twice: 40% of what an element of `Dataset.from_generator` takes in Python (no issue
of TensorFlow names it). What is made stays the same.
"""

from typing import Any

import numpy as np

from tfcompat_estimator import _tf


def as_array(
  values: Any, dtype: Any = None, order: Any = None, copy: Any = None
) -> np.ndarray:
  """`numpy.asarray`; numbers that do not fit a dtype of numbers wrap around."""
  if dtype is None or not np.issubdtype(dtype, np.number):
    return np.asarray(values, dtype=dtype, order=order, copy=copy)
  return np.asarray(values, order=order, copy=copy).astype(dtype, copy=copy)


def install() -> None:
  """Has TensorFlow use it under NumPy 2; NumPy 1 knows no `copy`."""
  if _tf.numpy_compat and np.lib.NumpyVersion(np.__version__) >= '2.0.0':
    _tf.numpy_compat.np_asarray = as_array
