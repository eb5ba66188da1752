"""Datasets as TensorFlow 1 had them, with what `tf.contrib.data` made of them."""

import importlib
from collections.abc import Callable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1
Transformation = Callable[[Any], Any]


def begin_classes_of_v1() -> Callable[[], None]:
  """Has `tensorflow.python.data` hold the dataset classes of TensorFlow 1.

  Programs import `Dataset` from there. `disable_v2_behavior` has changed what
  `dataset_ops` holds, and not what this package has bound before (TensorFlow 2.16 to
  2.21; no issue names it).

  Returns:
    Undoes it.
  """
  before = []
  for path, public in (
    ('data', v1.data),
    ('data.experimental', v1.data.experimental),
  ):
    module = importlib.import_module(f'tensorflow.python.{path}')
    for name, value in vars(public).items():
      there = getattr(module, name, value)
      if isinstance(value, type) and there is not value:
        before.append((module, name, there))
        setattr(module, name, value)

  def end() -> None:
    for module, name, there in before:
      setattr(module, name, there)

  return end


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
  """Batches; what is left at the end is dropped. For `dataset.apply`."""
  return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
  batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
  """Pads and batches; what is left is dropped. For `dataset.apply`."""
  return lambda dataset: dataset.padded_batch(
    batch_size, padded_shapes, padding_values, drop_remainder=True
  )


def sloppy_interleave(
  map_func: Any, cycle_length: Any, block_length: int = 1
) -> Transformation:
  """Interleaves in whatever order elements are ready. For `dataset.apply`."""
  return v1.data.experimental.parallel_interleave(
    map_func, cycle_length, block_length, sloppy=True
  )


def assert_element_shape(expected_shapes: Any) -> Transformation:
  """Checks the shapes of elements. For `dataset.apply`.

  Args:
    expected_shapes: A nest of shapes, of the elements' structure.
  """

  def check(*element: Any) -> Any:
    element = element if len(element) > 1 else element[0]
    return tf.nest.map_structure(tf.ensure_shape, element, expected_shapes)

  return lambda dataset: dataset.map(check)


def reduce_dataset(dataset: Any, reducer: Any) -> Any:
  """What a `tf.data.experimental.Reducer` makes of all elements."""
  first = reducer.init_func(tf.constant(0, tf.int64))
  state = dataset.reduce(first, reducer.reduce_func)
  return reducer.finalize_func(state)


def sliding_window_batch(
  window_size: int,
  stride: int | None = None,
  window_shift: int | None = None,
  window_stride: int = 1,
) -> Transformation:
  """Batches of neighbours: windows that begin `window_shift` apart.

  Args:
    window_size: Elements in each window.
    stride: An old name of `window_shift`.
    window_shift: Elements from one window's start to the next one's; 1 at first.
    window_stride: Elements from one of a window to its next.
  """
  if stride is not None and window_shift is not None:
    raise ValueError('Cannot specify both `stride` and `window_shift`')
  shift = stride or window_shift or 1

  def batched(*window: Any) -> Any:
    parts = [part.batch(window_size) for part in tf.nest.flatten(list(window))]
    return parts[0] if len(parts) == 1 else v1.data.Dataset.zip(tuple(parts))

  return lambda dataset: dataset.window(
    window_size, shift, window_stride, drop_remainder=True
  ).flat_map(batched)


def read_batch_features(
  file_pattern: Any,
  batch_size: Any,
  features: Any,
  reader: Any = v1.data.TFRecordDataset,
  reader_args: Any = None,
  randomize_input: bool = True,
  num_epochs: int | None = None,
  capacity: int = 10000,
) -> Any:
  """The tensors of the next batch of parsed examples: {name: tensor}."""
  dataset = v1.data.experimental.make_batched_features_dataset(
    file_pattern,
    batch_size,
    features,
    reader=reader,
    reader_args=reader_args,
    shuffle=randomize_input,
    num_epochs=num_epochs,
    shuffle_buffer_size=capacity,
  )
  return v1.data.make_one_shot_iterator(dataset).get_next()
