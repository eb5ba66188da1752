"""Feeds queues by the old feeding functions; expected is what TF 2.15 gave."""

import collections

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

import tfcompat_estimator


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install():
    yield


def pass_through(features, mode):
  """A model function whose predictions are the features."""
  predictions = {'n': tf.shape(next(iter(features.values())))[:1], **features}
  return tf.estimator.EstimatorSpec(
    mode, predictions={k: v[tf.newaxis] for k, v in predictions.items()}
  )


def batches(data, path, **settings):
  """The batches of 3 rows that come out of a queue, until it ends."""
  from tensorflow_estimator.python.estimator.inputs.queues import (
    feeding_functions,
  )

  def input_fn():
    queue = feeding_functions._enqueue_data(
      data, capacity=20, num_epochs=2, **settings
    )
    return {f'c{i}': value for i, value in enumerate(queue.dequeue_many(3))}

  estimator = tf.estimator.Estimator(pass_through, path)
  return [
    [p[key].tolist() for key in sorted(p) if key != 'n']
    for p in estimator.predict(input_fn)
  ]


def same_sizes():
  for i in range(5):
    yield {'a': np.array(i), 'b': np.arange(2) + i}


def different_sizes():
  for i in range(5):
    yield {'a': np.array(i), 'b': np.arange(i + 1)}


IDS = [[0, 1, 2], [3, 4, 0], [1, 2, 3]]
PAIRS = [
  [[0, 1], [2, 3], [4, 5]],
  [[6, 7], [8, 9], [0, 1]],
  [[2, 3], [4, 5], [6, 7]],
]


@pytest.mark.parametrize(
  'data, settings, expected',
  [
    (np.arange(10).reshape(5, 2), {}, zip(IDS, PAIRS, strict=True)),
    (
      collections.OrderedDict(x=np.arange(5), y=np.arange(5) * 1.5),
      {},
      [
        [[0, 1, 2], [0, 1, 2], [0.0, 1.5, 3.0]],
        [[3, 4, 0], [3, 4, 0], [4.5, 6.0, 0.0]],
        [[1, 2, 3], [1, 2, 3], [1.5, 3.0, 4.5]],
      ],
    ),
    (
      same_sizes,
      {},
      [
        [[0, 1, 2], [[0, 1], [1, 2], [2, 3]]],
        [[3, 4, 0], [[3, 4], [4, 5], [0, 1]]],
        [[1, 2, 3], [[1, 2], [2, 3], [3, 4]]],
      ],
    ),
    (
      different_sizes,
      {'pad_value': -1, 'enqueue_size': 2},
      [
        [[0, 1, 2], [[0, 0, 0], [0, 1, 0], [0, 1, 2]]],
        [[3, 4, 0], [[0, 1, 2, 3, 0], [0, 1, 2, 3, 4], [0, 0, 0, 0, 0]]],
        [[1, 2, 3], [[0, 1, 0, 0], [0, 1, 2, 0], [0, 1, 2, 3]]],
      ],
    ),
  ],
  ids=['array', 'dict', 'generator', 'padded'],
)
def test_rows_in_order(tmp_path, data, settings, expected):
  """Rows come epoch by epoch, the rest that fills no batch is left out."""
  assert batches(data, str(tmp_path), **settings) == [list(b) for b in expected]


def test_frames(tmp_path):
  """Of a DataFrame come the index and the columns."""
  frame = pd.DataFrame({'p': [1.0, 2.0, 3.0], 'q': [4, 5, 6]}, index=[7, 8, 9])

  got = batches(frame, str(tmp_path))

  assert got == [[[7, 8, 9], [1.0, 2.0, 3.0], [4, 5, 6]]] * 2


def test_shuffled_rows_come_once_an_epoch(tmp_path):
  """A shuffled queue of two epochs gives each row twice, in another order."""
  got = batches(
    np.arange(9), str(tmp_path), shuffle=True, min_after_dequeue=3, seed=1
  )

  rows = [row for ids, _ in got for row in ids]
  assert sorted(rows) == sorted([*range(9)] * 2)
  assert rows != [*range(9)] * 2
  assert all(ids == values for ids, values in got)


def test_each_thread_reads_all_rows(tmp_path):
  """Two readers give all epochs twice."""
  got = batches(np.arange(6), str(tmp_path), num_threads=2, enqueue_size=2)

  assert sorted(row for ids, _ in got for row in ids) == sorted([*range(6)] * 4)


def test_other_data_are_refused(tmp_path):
  """What is no data names itself."""
  with pytest.raises(TypeError, match='must be either a numpy array'):
    batches(3, str(tmp_path))
