"""Tests feature columns of `tf.contrib.layers`."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import column_layers
from tfcompat_estimator.migration.tf1 import feature_columns as old
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
FEATURES = {'x': [[1.0], [7.0]], 'w': [[b'a'], [b'b']], 'i': [[1], [0]]}


def _layer(columns, features=FEATURES):
  """What the columns make of the features, and the names of variables."""
  with tf.Graph().as_default() as graph:
    tensors = {name: tf.constant(value) for name, value in features.items()}
    made = column_layers.input_from_feature_columns(tensors, columns)
    names = [variable.op.name for variable in v1.global_variables()]
    with emulated_session.EmulatedSession(graph) as session:
      session.run([v1.global_variables_initializer(), v1.tables_initializer()])
      return session.run(made), names


def test_columns_are_those_of_today():
  """Numbers, buckets of them, words, ids and what is one-hot."""
  x = old.real_valued_column('x')
  words = old.sparse_column_with_keys('w', ['b', 'a'])
  ids = old.sparse_column_with_integerized_feature('i', 2)
  made, names = _layer(
    [x, old.bucketized_column(x, [5]), old.one_hot_column(words)]
  )

  assert sorted(made[0].tolist()) == sorted([1.0, 1, 0, 0, 1])
  assert made.shape == (2, 5)
  assert not names
  one_hot, _ = _layer([old.one_hot_column(ids)])
  np.testing.assert_array_equal(one_hot, [[0, 1], [1, 0]])


def test_embeddings_make_variables():
  """One for each column, in the scope that it had."""
  hashed = old.sparse_column_with_hash_bucket('w', 5)
  made, names = _layer(
    [old.embedding_column(hashed, 3, initializer=v1.ones_initializer())]
  )

  np.testing.assert_array_equal(made, np.ones([2, 3]))
  assert len(names) == 1
  assert names[0].startswith('input_from_feature_columns/')


def test_examples_are_parsed_by_the_columns():
  """By the features that they read, and weights of them."""
  words = old.sparse_column_with_hash_bucket('w', 5)
  columns = [
    old.real_valued_column('x', 2),
    old.one_hot_column(old.weighted_sparse_column(words, 'weight')),
  ]
  spec = old.create_feature_spec_for_parsing(columns)

  assert sorted(spec) == ['w', 'weight', 'x']
  assert spec['x'].shape == (2,)
  with pytest.raises(ValueError, match='dimension'):
    old.real_valued_column('x', None)


def test_crosses():
  """Of hashed columns by their keys, of buckets as they are."""
  words = old.sparse_column_with_hash_bucket('w', 5)
  buckets = old.bucketized_column(old.real_valued_column('x'), [5])
  crossed = old.one_hot_column(old.crossed_column([words, buckets], 7))
  made, _ = _layer([crossed])

  assert made.shape == (2, 7)
  assert made.sum() == 2
