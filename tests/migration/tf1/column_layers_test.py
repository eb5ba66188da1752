"""Tests layers of feature columns of `tf.contrib.layers`."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import column_layers
from tfcompat_estimator.migration.tf1 import feature_columns as old
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _run(build):
  """What a function of features makes, and the variables."""
  with tf.Graph().as_default() as graph:
    features = {
      'x': tf.constant([[2.0], [3.0]]),
      'w': tf.SparseTensor([[0, 0], [0, 1]], ['a', 'b'], [2, 2]),
    }
    made = build(features)
    variables = {each.op.name: each for each in v1.global_variables()}
    with emulated_session.EmulatedSession(graph) as session:
      session.run([v1.global_variables_initializer(), v1.tables_initializer()])
      for variable in variables.values():
        count = variable.shape.num_elements()
        values = np.arange(1, count + 1, dtype='f').reshape(variable.shape)
        variable.load(values, session)
      return session.run(made), {
        name: each.shape.as_list() for name, each in variables.items()
      }


def test_linear_models_have_the_variables_of_1_15():
  """Weights of numbers, of ids, which are added, and a bias."""
  words = old.sparse_column_with_keys('w', ['a', 'b'])
  columns = [words, old.real_valued_column('x')]
  made, names = _run(
    lambda features: column_layers.weighted_sum_from_feature_columns(
      features, columns, 1, scope='linear'
    )[0]
  )

  assert names == {
    'linear/w/weights': [2, 1],
    'linear/x/weight': [1, 1],
    'linear/bias_weight': [1],
  }
  assert made.tolist() == [[2 + 1 + 2 + 1], [3 + 1]]


def test_a_mean_of_ids():
  """Where the column says so."""
  words = old.sparse_column_with_keys('w', ['a', 'b'], combiner='mean')
  made, _ = _run(
    lambda features: column_layers.weighted_sum_from_feature_columns(
      features, [words], 1
    )[0]
  )

  assert made.tolist() == [[1.5 + 1], [1]]


def test_columns_stand_in_the_order_of_1_15():
  """By kind first: buckets, embeddings, one-hot columns, numbers."""
  x = old.real_valued_column('x')
  words = old.sparse_column_with_keys('w', ['a', 'b'])
  columns = [
    x,
    old.one_hot_column(words),
    old.embedding_column(words, 1, combiner='sum'),
    old.bucketized_column(x, [2.5]),
  ]
  made, names = _run(
    lambda features: column_layers.input_from_feature_columns(features, columns)
  )

  assert names == {'input_from_feature_columns/w_embedding/weights': [2, 1]}
  assert made.tolist() == [[1, 0, 3, 1, 1, 2], [0, 1, 0, 0, 0, 3]]
  assert column_layers.are_old(columns)
  assert not column_layers.are_old([tf.feature_column.numeric_column('x')])
