"""Tests lookup tables with the arguments of `tf.contrib.lookup`."""

import numpy as np
import tensorflow as tf

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import lookups
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _run(build):
  with tf.Graph().as_default() as graph:
    fetches = build()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.tables_initializer())
      return session.run(fetches)


def test_strings_and_their_positions(tmp_path):
  """By a vector or by the lines of a file, and back."""
  path = tmp_path / 'words'
  path.write_text('a\nb\n')
  known = ['a', 'b']
  got = _run(
    lambda: [
      lookups.string_to_index(tf.constant(['b', 'c', 'a']), known),
      lookups.string_to_index_table_from_tensor(known, default_value=9).lookup(
        tf.constant(['b', 'c'])
      ),
      lookups.string_to_index_table_from_file(str(path)).lookup(
        tf.constant(['b', 'c'])
      ),
      lookups.index_to_string(tf.constant([1, 5], tf.int64), known, 'none'),
    ]
  )

  assert [part.tolist() for part in got] == [
    [1, -1, 0],
    [1, 9],
    [1, -1],
    [b'b', b'none'],
  ]


def test_tables():
  """One that is fixed, and one that changes."""

  def build():
    fixed = lookups.HashTable(
      v1.lookup.KeyValueTensorInitializer([1, 2], [3.0, 4.0]), -1.0
    )
    changing = lookups.MutableDenseHashTable(tf.int64, tf.float32, 0.0, -1, -2)
    keys = tf.constant([5, 6], tf.int64)
    with tf.control_dependencies([changing.insert(keys, [1.0, 2.0])]):
      return fixed.lookup(tf.constant([2, 7])), changing.lookup(keys)

  fixed, changing = _run(build)
  np.testing.assert_array_equal(fixed, [4, -1])
  np.testing.assert_array_equal(changing, [1, 2])


def test_tables_of_1_15():
  """They gave the same."""
  beside.check_part('tables')
