"""Reads files into batches by queues, as `tf.contrib.learn` did."""

from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1


def read_batch_examples(
  file_pattern: Any,
  batch_size: int,
  reader: Callable[[], Any],
  randomize_input: bool = True,
  num_epochs: int | None = None,
  queue_capacity: int = 10000,
  num_threads: int = 1,
  read_batch_size: int = 1,
  parse_fn: Callable[[Any], Any] | None = None,
  name: str | None = None,
  seed: int | None = None,
) -> Any:
  """Batches of what a reader reads of files.

  Args:
    file_pattern: A pattern of names of files, or a list of them.
    batch_size: How many of a batch; the last one may have fewer.
    reader: Makes a `tf.TFRecordReader`, `tf.TextLineReader`, ...
    randomize_input: Whether files and what is in them are shuffled.
    num_epochs: None for no end.
    queue_capacity: Of the queue that batches are taken of.
    num_threads: That read.
    read_batch_size: How many are read at once.
    parse_fn: Of what was read; gives what is queued in its place.
    name: Of the operations.
    seed: Of shuffling.

  Returns:
    Strings (batch,), or what `parse_fn` made of them.

  Raises:
    ValueError: No files match, or a number is not positive.
  """
  names = _files(file_pattern, is_sorted=not randomize_input)
  if not 0 < batch_size < queue_capacity:
    raise ValueError(
      f'Invalid batch_size {batch_size}, with queue_capacity {queue_capacity}.'
    )
  for what, value in (
    ('read_batch_size', read_batch_size),
    ('num_threads', num_threads),
    ('num_epochs', num_epochs),
  ):
    if value is not None and value <= 0:
      raise ValueError(f'Invalid {what} {value}.')
  with v1.name_scope(name, 'read_batch_examples') as scope:
    queue = v1.train.string_input_producer(
      names, num_epochs=num_epochs, shuffle=randomize_input, seed=seed
    )
    read = []
    for _ in range(num_threads):
      made = reader()
      if read_batch_size > 1:
        example = made.read_up_to(queue, read_batch_size)[1]
      else:
        example = made.read(queue)[1]
      read.append(parse_fn(example) if parse_fn else example)
    settings = {
      'batch_size': batch_size,
      'capacity': queue_capacity,
      'enqueue_many': read_batch_size > 1,
      'allow_smaller_final_batch': num_epochs is not None,
      'name': scope,
    }
    read = [
      each if isinstance(each, dict | tuple) else (each,) for each in read
    ]
    if not randomize_input:
      return v1.train.batch_join(read, **settings)
    return v1.train.shuffle_batch_join(
      read,
      min_after_dequeue=max(queue_capacity - 3 * batch_size, batch_size),
      seed=seed,
      **settings,
    )


def read_batch_features(
  file_pattern: Any,
  batch_size: int,
  features: Mapping[str, Any],
  reader: Callable[[], Any],
  randomize_input: bool = True,
  num_epochs: int | None = None,
  queue_capacity: int = 10000,
  feature_queue_capacity: int = 100,
  reader_num_threads: int = 1,
  num_enqueue_threads: int = 2,
  parse_fn: Callable[[Any], Any] | None = None,
  name: str | None = None,
  read_batch_size: int | None = None,
) -> dict[str, Any]:
  """Batches of parsed examples: {feature: tensor}.

  Args:
    file_pattern: See `read_batch_examples`, as all that is not named here.
    batch_size: How many of a batch.
    features: See `tf.io.parse_example`.
    reader: Makes a reader.
    randomize_input: Whether they are shuffled.
    num_epochs: None for no end.
    queue_capacity: Of the queue of examples.
    feature_queue_capacity: Is not read: parsed examples are not queued again.
    reader_num_threads: That read.
    num_enqueue_threads: Is not read.
    parse_fn: Of what was read; gives serialized examples.
    name: Of the operations.
    read_batch_size: How many are read at once; `batch_size` by default.
  """
  with v1.name_scope(name, 'read_batch_features'):
    examples = read_batch_examples(
      file_pattern,
      batch_size,
      reader,
      randomize_input,
      num_epochs,
      queue_capacity,
      reader_num_threads,
      read_batch_size or batch_size,
      parse_fn,
    )
    parsed: dict[str, Any] = v1.io.parse_example(examples, features)
    return parsed


def read_batch_record_features(
  file_pattern: Any,
  batch_size: int,
  features: Mapping[str, Any],
  randomize_input: bool = True,
  num_epochs: int | None = None,
  queue_capacity: int = 10000,
  reader_num_threads: int = 1,
  name: str | None = 'dequeue_record_examples',
) -> dict[str, Any]:
  """`read_batch_features` of TFRecord files."""
  return read_batch_features(
    file_pattern,
    batch_size,
    features,
    v1.TFRecordReader,
    randomize_input,
    num_epochs,
    queue_capacity,
    reader_num_threads=reader_num_threads,
    name=name,
  )


def _files(file_pattern: Any, *, is_sorted: bool) -> list[str]:
  patterns = file_pattern if isinstance(file_pattern, list) else [file_pattern]
  names = [name for each in patterns for name in tf.io.gfile.glob(each)]
  if not names:
    raise ValueError(f'No files match `file_pattern` ({file_pattern}).')
  return sorted(names) if is_sorted else names
