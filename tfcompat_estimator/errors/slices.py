"""Tells which arrays TensorFlow could not make a dataset of."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.errors import origins

# What makes datasets of arrays, and the argument that has them.
_MAKERS = {'from_tensor_slices': 'tensors', 'from_tensors': 'tensors'}


def explained(error: Exception) -> str | None:
  """What is wrong with the arrays that a dataset was to be made of.

  Args:
    error: A TypeError or ValueError out of `tf.data.Dataset.from_tensor_slices` or
      `from_tensors`.

  Returns:
    A sentence; None if the error has another reason.
  """
  trace = error.__traceback__
  while trace is not None:
    code = trace.tb_frame.f_code
    if code.co_name in _MAKERS and origins.is_inside(code.co_filename):
      given = trace.tb_frame.f_locals.get(_MAKERS[code.co_name])
      return _wrong(dict(_named(given)))
    trace = trace.tb_next
  return None


def _named(given: Any) -> Iterator[tuple[str, Any]]:
  """Features and labels by name, as an input_fn returns them."""
  parts = given if isinstance(given, tuple) else (given,)
  for what, part in zip(('feature', 'label'), parts, strict=False):
    if isinstance(part, Mapping):
      yield from ((f'{what} {key!r}', value) for key, value in part.items())
    else:
      yield f'the {what}s', part


def _wrong(arrays: Mapping[str, Any]) -> str | None:
  lengths: dict[int, list[str]] = {}
  for name, value in arrays.items():
    if isinstance(value, (tf.SparseTensor, tf.RaggedTensor)):
      continue
    try:
      array = np.asarray(value)
    except ValueError:
      return (
        f'{name[0].upper()}{name[1:]} has rows of different lengths. Pad them, '
        'or make it a tf.ragged.constant.'
      )
    if array.dtype == object:
      kinds = {type(item).__name__ for item in array.ravel()[:1000].tolist()}
      if not kinds <= {'str', 'bytes'}:
        return (
          f'{name[0].upper()}{name[1:]} has dtype object with values of type '
          f'{origins.joined(sorted(kinds))}. Convert it to one type, with '
          "astype('float32') or astype(str) for instance, and replace missing "
          'values.'
        )
    if array.ndim:
      lengths.setdefault(len(array), []).append(name)
  if len(lengths) < 2:
    return None
  told = '; '.join(
    f'{length} of {origins.joined(names)}' for length, names in lengths.items()
  )
  return f'Features and labels have different numbers of examples: {told}.'
