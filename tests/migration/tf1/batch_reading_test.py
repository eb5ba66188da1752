"""Tests reading of files by queues of `tf.contrib.learn`."""

import pytest
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.migration.tf1 import batch_reading
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1


def _read(input_fn):
  """What an Estimator's predictions are given, batch by batch."""

  def model_fn(features, mode):
    return estimator_specs.EstimatorSpec(mode, predictions=features)

  estimator = base_estimator.Estimator(model_fn)
  return list(estimator.predict(input_fn, yield_single_examples=False))


def test_lines_in_their_order(tmp_path):
  """Of all files that match, in batches of which the last has fewer."""
  for name in 'ab':
    (tmp_path / name).write_text(f'{name}1\n{name}2\n{name}3\n')

  def input_fn():
    return {
      'line': batch_reading.read_batch_examples(
        str(tmp_path / '[ab]'),
        4,
        v1.TextLineReader,
        randomize_input=False,
        num_epochs=1,
      )
    }

  assert [each['line'].tolist() for each in _read(input_fn)] == [
    [b'a1', b'a2', b'a3', b'b1'],
    [b'b2', b'b3'],
  ]


def test_features_of_records(tmp_path):
  """Each example once an epoch, in whatever order."""
  path = str(tmp_path / 'records')
  with tf.io.TFRecordWriter(path) as writer:
    for number in range(5):
      feature = tf.train.Feature(int64_list=tf.train.Int64List(value=[number]))
      writer.write(
        tf.train.Example(
          features=tf.train.Features(feature={'x': feature})
        ).SerializeToString()
      )

  def input_fn():
    spec = {'x': tf.io.FixedLenFeature([], tf.int64)}
    return batch_reading.read_batch_record_features(
      [path], 2, spec, num_epochs=2
    )

  values = [int(x) for batch in _read(input_fn) for x in batch['x']]
  assert sorted(values) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_what_cannot_be_read(tmp_path):
  """No files, and numbers that are not positive."""
  with pytest.raises(ValueError, match='No files match'):
    batch_reading.read_batch_examples(str(tmp_path / '*'), 2, v1.TextLineReader)
  (tmp_path / 'a').write_text('1')
  for arguments, message in (
    ({'batch_size': 0}, 'Invalid batch_size 0'),
    ({'batch_size': 2, 'num_threads': 0}, 'Invalid num_threads 0'),
  ):
    with pytest.raises(ValueError, match=message):
      batch_reading.read_batch_examples(
        str(tmp_path / 'a'), reader=v1.TextLineReader, **arguments
      )
