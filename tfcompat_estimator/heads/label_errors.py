"""Tells which label of a batch is wrong, and why, from what a check has printed."""

import re
from collections.abc import Callable, Sequence

import tensorflow as tf

from tfcompat_estimator.errors import origins

# Of one batch; labels beyond are not told.
MOST_LABELS = 100_000
NAMES = 'names = '


def explanation(
  check: tf.Operation,
  labels: tf.Tensor,
  n_classes: int,
  message: str | None,
  vocabulary: Sequence[str] | None,
) -> Callable[[str], str | None]:
  """Makes what explains the failure of a check of labels.

  Args:
    check: One of the operations that may fail.
    labels: The ids that it looks at.
    n_classes: How many classes there are.
    message: What labels must be, if the classes are no classes of examples.
    vocabulary: Their names, if the user's labels are names.
  """
  inputs = origins.inputs_of(check)
  what = next((name for name in inputs if name.startswith("label '")), 'label')
  width = (
    tf.compat.dimension_value(labels.shape[-1]) if labels.shape.rank else 1
  )
  per_example = width if (labels.shape.rank or 1) > 1 and width else 1

  def explain(text: str) -> str | None:
    found = _wrong(text, n_classes)
    if found is None:
      return None
    index, value = found
    at = f'at position {index // per_example} of the batch'
    if vocabulary:
      given = _name(text, index)
      return (
        f'The {what} {given}{at} is not in `label_vocabulary` '
        f'({_brief(vocabulary)}). Add it there, or leave its examples out.'
      )
    if message:
      return f'The {what} {value} {at} is wrong: {message}.'
    return (
      f'The {what} {value} {at} is no class: `n_classes` ({n_classes}) takes '
      f'labels from 0 to {n_classes - 1}. Raise `n_classes`, or number the '
      'labels from 0.'
    )

  return explain


def _wrong(text: str, n_classes: int) -> tuple[int, str] | None:
  """The index and the value of the first label that is out of range."""
  match = re.search(r'\[x \(.*?\) = \] (.*?) \[y \(', text, re.DOTALL)
  values = re.findall(r'[^\s\[\].]+(?:\.\d+)?', match.group(1)) if match else []
  for index, value in enumerate(values):
    try:
      is_class = 0 <= float(value) <= n_classes - 1
    except ValueError:
      return None
    if not is_class:
      return index, value
  return None


def _name(text: str, index: int) -> str:
  """The name with that index, if the text tells it."""
  printed = text.partition(f'[{NAMES}]')[2].partition('\n')[0].strip()
  printed = printed.removeprefix('[')
  names = (
    re.split(r'\]\s*\[', printed.strip('['))
    if printed.startswith('[')
    else None
  )
  names = names or printed.split(']')[0].split()
  if index >= len(names):
    return ''
  return repr(names[index].partition(']')[0]) + ' '


def _brief(vocabulary: Sequence[str]) -> str:
  names = [tf.compat.as_str_any(name) for name in vocabulary]
  return ', '.join(map(repr, names[:5])) + (', ...' if names[5:] else '')
