"""Reads the metrics of past evaluations from their event files."""

import collections
import os
from collections.abc import Iterator

import tensorflow as tf

from tfcompat_estimator.records import arguments

v1 = tf.compat.v1


def read_eval_metrics(eval_dir):
  """Reads what evaluations wrote to a directory.

  Args:
    eval_dir: The directory of the event files, as `Estimator.eval_dir()`
      returns it. It need not exist.

  Returns:
    An `OrderedDict` from global steps, ascending, to dicts of metric names to
    values. Where a step was evaluated several times, the last value counts.
  """
  eval_dir = arguments.as_path(eval_dir)
  metrics: dict[int, dict[str, float]] = {}
  for step, values in read_events(os.path.join(eval_dir, '*.tfevents.*')):
    metrics.setdefault(step, {}).update(values)
  return collections.OrderedDict(sorted(metrics.items()))


def read_events(pattern: str) -> Iterator[tuple[int, dict[str, float]]]:
  """Yields the step and the scalars of each event that has some.

  Args:
    pattern: A glob pattern of event files, which are read in the order of
      their names.
  """
  for path in sorted(tf.io.gfile.glob(pattern)):
    yield from _events_of(path)


def _events_of(path: str) -> Iterator[tuple[int, dict[str, float]]]:
  """Yields the step and the scalars of each event of a file."""
  try:
    for event in v1.train.summary_iterator(path):
      values = {
        value.tag: value.simple_value
        for value in event.summary.value
        if value.HasField('simple_value')
      }
      if values:
        yield event.step, values
  except tf.errors.DataLossError:
    # The end of a file that another process is still writing: what came
    # before it is whole.
    return
