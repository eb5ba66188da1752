"""Tests what is noted of tensors while a graph is built."""

import tensorflow as tf

from tfcompat_estimator.errors import notes

v1 = tf.compat.v1


def test_inputs_have_names():
  """Parts of a sparse tensor are the feature, too; what is no dict is `the`."""
  with tf.Graph().as_default() as graph:
    sparse = v1.sparse_placeholder(tf.float32)
    x, label = v1.placeholder(tf.float32), v1.placeholder(tf.float32)
    notes.add_inputs({'x': x, 's': sparse}, label)

  assert notes.of(graph).inputs == {
    x.name: "feature 'x'",
    sparse.indices.name: "feature 's'",
    sparse.values.name: "feature 's'",
    sparse.dense_shape.name: "feature 's'",
    label.name: 'the labels',
  }
  assert notes.of(None).inputs == {}


def test_an_explanation_is_of_a_scope():
  """The innermost that has something to say."""
  with tf.Graph().as_default() as graph:
    notes.explain('a', lambda text: f'outer {text}')
    notes.explain('a/b/', lambda text: 'inner' if text == 'known' else None)
  explained = notes.of(graph).explained

  assert explained('a/b/c', 'known') == 'inner'
  assert explained('a/b/c', 'other') == 'outer other'
  assert explained('b', 'known') is None


def test_the_function_of_the_input():
  """Its name, and where it is."""

  def input_fn():
    pass

  with tf.Graph().as_default() as graph:
    notes.add_input_fn(input_fn)

  assert notes.of(graph).input_fn.startswith(f'input_fn ({__file__}:')


def test_columns_as_one_would_write_them():
  """Without what is the default, and by the keys that they read."""
  words = tf.feature_column.categorical_column_with_hash_bucket('w', 10)
  column = tf.feature_column.embedding_column(words, 3)
  with tf.Graph().as_default() as graph:
    notes.add_columns([column])

  (told,) = notes.of(graph).columns['w']
  assert told.startswith('embedding_column(')
  assert "'w'" in told
  assert 'dimension=3' in told
