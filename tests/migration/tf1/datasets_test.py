"""Tests datasets of TensorFlow 1, and transformations that `tf.contrib.data` had."""

import importlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import datasets

pytestmark = pytest.mark.eager
NUMBERS = tf.data.Dataset.range(7)


def _list(dataset):
  return [element.tolist() for element in dataset.as_numpy_iterator()]


def test_the_private_package_has_the_classes_of_v1():
  """As long as programs of TensorFlow 1 run; they import `Dataset` from it."""
  private = importlib.import_module('tensorflow.python.data')
  before = private.Dataset
  end = datasets.begin_classes_of_v1()
  try:
    assert private.Dataset is tf.compat.v1.data.Dataset
    assert private.TextLineDataset is tf.compat.v1.data.TextLineDataset
    assert (
      private.experimental.CsvDataset
      is tf.compat.v1.data.experimental.CsvDataset
    )
  finally:
    end()
  assert private.Dataset is before


def test_batches_without_what_is_left():
  """Of equal elements, and of padded ones."""
  ranges = tf.data.Dataset.range(1, 4).map(tf.range)

  assert _list(NUMBERS.apply(datasets.batch_and_drop_remainder(3))) == [
    [0, 1, 2],
    [3, 4, 5],
  ]
  assert _list(
    ranges.apply(datasets.padded_batch_and_drop_remainder(2, [None]))
  ) == [[[0, 0], [0, 1]]]


@pytest.mark.parametrize(
  'arguments, windows',
  [
    ({}, [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6]]),
    ({'stride': 2}, [[0, 1, 2], [2, 3, 4], [4, 5, 6]]),
    ({'window_shift': 2, 'window_stride': 2}, [[0, 2, 4], [2, 4, 6]]),
  ],
)
def test_windows(arguments, windows):
  """They begin so far apart, and so are their elements."""
  made = NUMBERS.apply(datasets.sliding_window_batch(3, **arguments))

  assert _list(made) == windows
  with pytest.raises(ValueError, match='both'):
    datasets.sliding_window_batch(3, stride=1, window_shift=1)


def test_shapes_and_reductions():
  """An element of another shape ends the input; a reducer sees all."""
  checked = tf.data.Dataset.from_generator(
    lambda: iter([np.zeros(2), np.zeros(3)]), tf.float64
  ).apply(datasets.assert_element_shape(tf.TensorShape([2])))
  total = tf.data.experimental.Reducer(
    lambda _: np.int64(0), lambda state, x: state + x, lambda state: -state
  )

  with pytest.raises(tf.errors.InvalidArgumentError):
    list(checked)
  assert int(datasets.reduce_dataset(NUMBERS, total)) == -21


def test_interleaving_loses_nothing():
  """In whatever order."""
  made = NUMBERS.apply(
    datasets.sloppy_interleave(tf.data.Dataset.from_tensors, 2)
  )

  assert sorted(_list(made)) == list(range(7))


def test_batches_of_parsed_examples(tmp_path):
  """Of files of records, by their features."""
  path = str(tmp_path / 'records')
  with tf.io.TFRecordWriter(path) as writer:
    for number in range(4):
      value = tf.train.Feature(float_list=tf.train.FloatList(value=[number]))
      features = tf.train.Features(feature={'x': value})
      writer.write(tf.train.Example(features=features).SerializeToString())
  with tf.Graph().as_default():
    read = datasets.read_batch_features(
      path,
      4,
      {'x': tf.io.FixedLenFeature([1], tf.float32)},
      randomize_input=False,
      num_epochs=1,
    )
    with tf.compat.v1.Session() as session:
      got = session.run(read)

  assert got['x'].ravel().tolist() == [0, 1, 2, 3]
