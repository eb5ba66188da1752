"""Reads the losses and metrics of a model's life from its event files."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator.records import arguments

v1 = tf.compat.v1

_TRAIN = 'train'
_EVAL = 'eval'


class Row(NamedTuple):
  """A value that was written at a step.

  Attributes:
    step: The global step.
    name: `'train'`, `'eval'`, or what an evaluation was called.
    tag: What the value is: `'loss'`, `'accuracy'`, `'global_step/sec'`, ...
    value: A float.
  """

  step: int
  name: str
  tag: str
  value: float


def history(model_dir):
  """Reads what trainings and evaluations wrote to their event files.

      table = pandas.DataFrame(tfcompat_estimator.history(model_dir))
      table.pivot_table(index='step', columns=['name', 'tag'], values='value')

  Args:
    model_dir: The directory of the model, a str or a path.

  Returns:
    A list of `Row`s (`step`, `name`, `tag`, `value`), of scalars only: those of
    training first, then those of each evaluation, by step and tag. Where a step
    was written several times, after a restart, the last value counts.

  Raises:
    ValueError: If there is no such directory.
  """
  model_dir = arguments.as_path(model_dir)
  if not tf.io.gfile.isdir(model_dir):
    raise ValueError(f'`model_dir` ({model_dir}) is no directory.')
  rows = []
  for name, folder in _runs(model_dir):
    values = {}
    # No glob: a directory may be called `[a]`.
    for file in sorted(tf.io.gfile.listdir(folder)):
      if '.tfevents.' not in file:
        continue
      for step, tag, value in _scalars(os.path.join(folder, file)):
        values[step, tag] = value
    rows += [
      Row(step, name, tag, value)
      for (step, tag), value in sorted(values.items())
    ]
  return rows


def _runs(model_dir: str) -> Iterator[tuple[str, str]]:
  """The name and the directory of training, then of each evaluation."""
  yield _TRAIN, model_dir
  for name in sorted(tf.io.gfile.listdir(model_dir)):
    name = name.rstrip('/')
    folder = os.path.join(model_dir, name)
    is_eval = name == _EVAL or name.startswith(f'{_EVAL}_')
    if not is_eval or not tf.io.gfile.isdir(folder):
      continue
    # A name may have slashes: that of `evaluate(name='a/b')` lies in eval_a/b.
    for within, _, files in sorted(tf.io.gfile.walk(folder)):
      if any('.tfevents.' in file for file in files):
        path = os.path.relpath(within, model_dir)
        yield path.removeprefix(f'{_EVAL}_'), within


def _scalars(path: str) -> Iterator[tuple[int, str, float]]:
  """The step, tag and value of each scalar of an event file."""
  try:
    for event in v1.train.summary_iterator(path):
      for value in event.summary.value:
        if value.HasField('simple_value'):
          yield event.step, value.tag, value.simple_value
        elif value.HasField('tensor'):
          array = tf.make_ndarray(value.tensor)
          if array.ndim == 0 and np.issubdtype(array.dtype, np.number):
            yield event.step, value.tag, float(array)
  except tf.errors.DataLossError:
    return  # a process that writes, or was killed: what came before is whole
  except (tf.errors.NotFoundError, tf.errors.FailedPreconditionError):
    return  # removed meanwhile, or a directory
