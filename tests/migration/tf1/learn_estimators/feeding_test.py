"""Tests arrays as input of Estimators of `tf.contrib.learn`."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1.learn_estimators import feeding

X = np.arange(10, dtype='f').reshape(5, 2)


def _batches(*arguments, **named):
  dataset = feeding.make_input_fn(*arguments, **named)()
  return list(dataset.take(6).as_numpy_iterator())


def test_rows_in_their_order():
  """Of which the last batch has fewer; or all in one."""
  assert [len(each) for each in _batches(X, None, 2)] == [2, 2, 1]
  (whole,) = _batches(X, None, None)
  np.testing.assert_array_equal(whole, X)


def test_rows_are_shuffled_as_1_15_did():
  """By a seed of its own, in each epoch anew."""
  state = np.random.RandomState(42)
  orders = [state.permutation(5), state.permutation(5)]
  got = _batches(X[:, 0], np.arange(5), 3, shuffle=True, epochs=2)

  rows = np.concatenate([labels for _, labels in got])
  np.testing.assert_array_equal(rows, np.concatenate(orders))
  np.testing.assert_array_equal(got[0][0][:, 0], X[orders[0][:3], 0])


def test_shapes_of_labels_and_of_dicts():
  """A column of labels is one label a row; a feature is a column."""
  ((features, labels),) = _batches({'a': [1, 2]}, [[3], [4]], None)

  assert features['a'].tolist() == [[1], [2]]
  assert labels.tolist() == [3, 4]


def test_what_is_no_array():
  """Tensors, iterators, and rows that do not fit."""
  with pytest.raises(ValueError, match='cannot be tensors'):
    feeding.check(tf.zeros([2, 1]), None, None)
  with pytest.raises(ValueError, match='is an iterator'):
    feeding.make_input_fn(iter([1]), None, None)
  with pytest.raises(ValueError, match='same number of rows'):
    feeding.make_input_fn(X, [1], None)
  with pytest.raises(ValueError, match='Invalid batch_size'):
    feeding.make_input_fn(X, None, 0)
  with pytest.raises(ValueError, match='both input_fn and'):
    feeding.check(X, None, feeding)


def test_columns_of_an_input():
  """One for all numbers of an array, or for each feature."""
  (column,) = feeding.infer_real_valued_columns_from_input(X)
  named = feeding.infer_real_valued_columns_from_input_fn(
    lambda: ({'b': tf.zeros([4, 3]), 'a': tf.zeros([4, 1])}, None)
  )

  assert (column.key, column.shape) == ('', (2,))
  assert [(each.key, each.shape) for each in named] == [
    ('a', (1,)),
    ('b', (3,)),
  ]
  with pytest.raises(ValueError, match='must be dense numbers'):
    feeding.infer_real_valued_columns_from_input(np.array(['a']))
