"""Tests the layer that embeds several columns by one table."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.conversion import layers

WORDS = tf.feature_column.categorical_column_with_vocabulary_list
FEATURES = {
  'a': tf.constant([['x'], ['y']]),
  'b': tf.constant([['y'], ['unknown']]),
}


@pytest.mark.eager
def test_columns_share_a_table_also_after_a_config():
  """A layer that is made of the config gives the same with the same table."""
  columns = [WORDS(name, ['x', 'y']) for name in 'ab']
  layer = layers.SharedEmbeddings(columns, 3, combiner='sum')
  first, second = layer(FEATURES)
  (table,) = layer.get_weights()

  np.testing.assert_array_equal(first, table)
  np.testing.assert_array_equal(second, [table[1], np.zeros(3)])
  copy = layers.SharedEmbeddings.from_config(layer.get_config())
  copy(FEATURES)
  copy.set_weights([table])
  np.testing.assert_array_equal(copy(FEATURES)[1], second)
  assert copy.get_config() == layer.get_config()


@pytest.mark.eager
def test_rows_may_be_clipped():
  """To a norm, as columns of shared_embeddings are."""
  layer = layers.SharedEmbeddings([WORDS('a', ['x', 'y'])], 2, max_norm=1.0)
  layer(FEATURES)
  layer.set_weights([np.float32([[3, 4], [0, 0.5]])])

  np.testing.assert_allclose(layer(FEATURES)[0], [[0.6, 0.8], [0, 0.5]])
