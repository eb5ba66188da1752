"""Checks the order in which rows of arrays come."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.inputs import rows

COLUMNS = {'x': np.arange(5), 'y': 10.0 * np.arange(10).reshape(5, 2)}


def read(count=None, **changes):
  """The rows of `x`, batch by batch, after a check that `y` goes with them."""
  arguments = {
    'batch_size': 2,
    'num_epochs': 1,
    'shuffle': False,
    'queue_capacity': 10,
    'num_threads': 1,
    **changes,
  }
  data = rows.batches(COLUMNS, **arguments)
  batches = []
  for batch in data if count is None else data.take(count):
    x = batch['x'].numpy()
    np.testing.assert_array_equal(batch['y'], COLUMNS['y'][x])
    batches.append(x.tolist())
  return batches


@pytest.mark.eager
@pytest.mark.parametrize(
  'arguments, expected',
  [
    ({}, [[0, 1], [2, 3], [4]]),
    ({'num_epochs': 2}, [[0, 1], [2, 3], [4, 0], [1, 2], [3, 4]]),
    ({'num_epochs': None, 'count': 3}, [[0, 1], [2, 3], [4, 0]]),
    ({'num_threads': 2}, [[0, 1], [0, 1], [2, 3], [2, 3], [4, 4]]),
  ],
)
def test_batches_run_on_across_epochs_and_readers(arguments, expected):
  """Only the last batch may be small."""
  assert read(**arguments) == expected


@pytest.mark.eager
def test_shuffled_rows_come_once_an_epoch():
  """In another order than they have."""
  orders = [
    np.concatenate(read(shuffle=True, num_epochs=3)).tolist() for _ in range(3)
  ]

  assert all(sorted(order) == sorted(3 * list(range(5))) for order in orders)
  assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize('name', ['batch_size', 'num_threads'])
def test_sizes_must_be_positive(name):
  """The error names the argument and its value."""
  with pytest.raises(ValueError, match=rf'`{name}` \(0\) must be > 0'):
    read(**{name: 0})


@pytest.mark.filterwarnings('error')
@pytest.mark.parametrize(('shuffle', 'taken'), [(True, 1), (False, 0)])
def test_what_comes_after_it_has_the_seeds_that_it_has_after_queues(
  shuffle, taken
):
  """Only the queue that shuffles takes one in TensorFlow 2.15.1."""
  with tf.Graph().as_default():
    tf.compat.v1.set_random_seed(7)
    rows.batches({'x': np.arange(8.0)}, 2, None, shuffle, 100, 1)
    drawn = tf.random.uniform([2])
    assert drawn.op.get_attr('seed') == 7
    assert drawn.op.get_attr('seed2') == taken
