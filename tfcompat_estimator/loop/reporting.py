"""Writes the metrics of an evaluation where TensorBoard finds them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def write_metrics(
  output_dir: str,
  metrics: dict[str, Any],
  global_step: int,
  checkpoint_path: str | None,
) -> None:
  """Adds an event of the metrics, and one of the checkpoint they belong to.

  Must be called in the graph of the evaluation: the first event of a directory
  holds that graph.

  Args:
    output_dir: The directory of the event file.
    metrics: Numpy scalars and arrays by name; `global_step` is left out.
    global_step: The step of the events.
    checkpoint_path: The checkpoint that was evaluated; None: no event of it.
  """
  logging.info(
    'Saving dict for global step %d: %s', global_step, dict_to_str(metrics)
  )
  writer = v1.summary.FileWriterCache.get(output_dir)
  summary = v1.Summary()
  for key, value in metrics.items():
    if value is None or key == v1.GraphKeys.GLOBAL_STEP:
      continue
    _add_value(summary, key, value)
  writer.add_summary(summary, global_step)
  if checkpoint_path:
    logging.info(
      "Saving 'checkpoint_path' summary for global step %d: %s",
      global_step,
      checkpoint_path,
    )
    write_checkpoint_path(output_dir, checkpoint_path, global_step)
  writer.flush()


def write_checkpoint_path(
  output_dir: str, checkpoint_path: str, current_global_step: int
) -> None:
  """Writes an event that names the checkpoint of an evaluation."""
  summary = v1.Summary()
  summary.value.add(
    tag='checkpoint_path',
    tensor=tf.make_tensor_proto(checkpoint_path, dtype=tf.string),
  )
  writer = v1.summary.FileWriterCache.get(output_dir)
  writer.add_summary(summary, current_global_step)
  writer.flush()


def _add_value(summary: v1.Summary, key: str, value: Any) -> None:
  if isinstance(value, bool | np.bool_):
    _skip(
      key,
      'must be a float, np.float32, np.int64, np.int32 or int or np.ndarray or '
      'a serialized string of Summary.',
    )
  elif isinstance(value, int | float | np.integer | np.floating):
    summary.value.add(tag=key, simple_value=float(value))
  elif isinstance(value, bytes):
    _add_serialized(summary, key, value)
  elif isinstance(value, np.ndarray):
    summary.value.add(tag=key, tensor=tf.make_tensor_proto(value))
  else:
    _skip(key, 'must be a number, an array or a serialized string of Summary.')


def _add_serialized(summary: v1.Summary, key: str, value: bytes) -> None:
  try:
    parsed = v1.Summary.FromString(value)
  except Exception:  # noqa: BLE001 - each protobuf runtime has its own error
    _skip(key, 'cannot parse string to Summary.')
    return
  for index, part in enumerate(parsed.value):
    part.tag = f'{key}/{index}'
    summary.value.append(part)


def _skip(key: str, reason: str) -> None:
  logging.warning(f'Skipping summary for {key}, {reason}')


def dict_to_str(dictionary: Mapping[str, Any]) -> str:
  """`a = 1, b = 2`, by the names' order, without what is binary."""
  return ', '.join(
    f'{key} = {value!s}'
    for key, value in sorted(dictionary.items())
    if not isinstance(value, bytes)
  )
