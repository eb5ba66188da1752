"""Turns each kind of feature column into layers of Keras 3."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.canned import neutral
from tests.migration.conversion import columns_in_keras3 as given
from tfcompat_estimator.canned import dnn
from tfcompat_estimator.canned import rnn as rnn_lib

fc = tf.feature_column
COLOR_DEFAULT = fc.categorical_column_with_vocabulary_list(
  'color', given.VOCABULARY[:2], default_value=1
)
ITEM_HASHED = fc.categorical_column_with_hash_bucket('jid', 4, tf.int64)
ITEM_DEFAULT = fc.categorical_column_with_identity('jid', 8, default_value=2)
COLOR_FILE = fc.categorical_column_with_vocabulary_file(
  'color', str(neutral.VOCABULARY)
)

COLUMNS = {
  'numeric': [fc.numeric_column('x', 3), given.AGE],
  'bucketized': [given.BUCKETS],
  'indicator': [
    fc.indicator_column(given.COLOR),
    fc.indicator_column(given.TAGS),
  ],
  'indicator_oov': [fc.indicator_column(given.COLOR_OOV)],
  'indicator_default': [fc.indicator_column(COLOR_DEFAULT)],
  'indicator_identity': [fc.indicator_column(given.ITEM)],
  'indicator_hash': [fc.indicator_column(given.CITY)],
  'embedding': [
    fc.embedding_column(given.CITY, 3),
    fc.embedding_column(given.COLOR_OOV, 2),
  ],
  'embedding_mean': [fc.embedding_column(given.TAGS, 3)],
  'embedding_sum': [fc.embedding_column(given.TAGS, 3, combiner='sum')],
  'embedding_sqrtn': [fc.embedding_column(given.TAGS, 3, combiner='sqrtn')],
  'embedding_default': [fc.embedding_column(COLOR_DEFAULT, 3)],
  'embedding_identity': [fc.embedding_column(given.ITEM, 3)],
  'embedding_hash_int': [fc.embedding_column(ITEM_HASHED, 3)],
  'embedding_file': [fc.embedding_column(COLOR_FILE, 3)],
  'embedding_bucketized': [fc.embedding_column(given.BUCKETS, 2)],
  'indicator_crossed': [fc.indicator_column(given.CROSS)],
  'embedding_crossed': [fc.embedding_column(given.CROSS, 3)],
  'crossed_bucketized': [
    fc.indicator_column(fc.crossed_column([given.BUCKETS, 'city'], 9)),
    fc.indicator_column(given.COLOR),
  ],
  'crossed_vocabulary': [
    fc.indicator_column(fc.crossed_column([given.COLOR, 'city'], 5))
  ],
  'crossed_both': [
    fc.embedding_column(fc.crossed_column([given.ITEM, given.COLOR], 9), 2)
  ],
  'crossed_out_of_range': [
    fc.indicator_column(fc.crossed_column([ITEM_DEFAULT, 'city'], 9))
  ],
  'shared': [*given.SHARED, fc.indicator_column(given.COLOR)],
  'shared_oov': given.SHARED_OOV,
}


@pytest.mark.parametrize('name', COLUMNS)
def test_dense_columns(name, tmp_path):
  """Each kind of dense column becomes layers that give the same."""
  columns = COLUMNS[name]
  estimator = dnn.DNNClassifierV2([4], columns, str(tmp_path / 'model'))

  given.assert_same(given.trained(estimator, columns), columns, tmp_path)


REFUSED = {
  'three_crossed': fc.indicator_column(
    fc.crossed_column(['color', 'city', given.BUCKETS], 5)
  ),
  'crossed_with_key': fc.indicator_column(
    fc.crossed_column(['color', 'city'], 5, hash_key=3)
  ),
  'crossed_numbers': fc.indicator_column(
    fc.crossed_column(
      [fc.bucketized_column(fc.numeric_column('x', 3), [0.5]), 'city'], 5
    )
  ),
  'weighted': fc.embedding_column(
    fc.weighted_categorical_column(given.TAGS, 'tag_w'), 2
  ),
  'normalizer': fc.numeric_column('age', normalizer_fn=lambda x: x / 100),
  'max_norm': fc.embedding_column(given.CITY, 2, max_norm=1.0),
  'oov_buckets': fc.indicator_column(
    fc.categorical_column_with_vocabulary_list(
      'color', given.VOCABULARY, num_oov_buckets=2
    )
  ),
}


@pytest.mark.parametrize('name', REFUSED)
def test_columns_without_a_counterpart(name, tmp_path, monkeypatch):
  """A column that Keras 3 has no layer for is named."""
  column = REFUSED[name]
  monkeypatch.setitem(
    given.FEATURES, 'tags', np.array([['a', 'b']] * 4, object)
  )
  monkeypatch.setitem(given.FEATURES, 'tag_w', np.ones([4, 2], np.float32))
  estimator = dnn.DNNClassifierV2([3], [column], str(tmp_path))
  given.trained(estimator, [column])

  with pytest.raises(ValueError, match="no counterpart.*'tf_keras'") as error:
    tfcompat_estimator.to_keras(estimator, backend='keras3')

  inner = getattr(column, 'categorical_column', column)
  assert column.name in str(error.value) or inner.name in str(error.value)


def test_sequences_are_refused(tmp_path):
  """Recurrent networks have no counterpart; the column is named."""
  column = fc.sequence_numeric_column('val')
  estimator = rnn_lib.RNNClassifier(
    [column], units=[2], model_dir=str(tmp_path)
  )

  def input_fn():
    features = {'val': tf.sparse.from_dense([[1.0, 2.0], [3.0, 4.0]])}
    data = tf.data.Dataset.from_tensor_slices((features, [[1], [0]]))
    return data.repeat().batch(2)

  estimator.train(input_fn, steps=1)

  with pytest.raises(ValueError, match="sequence column 'val'"):
    tfcompat_estimator.to_keras(estimator, backend='keras3')


def test_missing_ids_beside_a_default(tmp_path):
  """-1 is no id at all; what is out of range has the default's row."""
  column = fc.categorical_column_with_identity('id', 5, default_value=2)
  features = {'id': np.array([[1], [-1], [7], [-3]])}
  estimator = tfcompat_estimator.LinearRegressor([column], str(tmp_path))
  labels = np.ones((4, 1), np.float32)
  estimator.train(
    lambda: tf.data.Dataset.from_tensors((features, labels)).repeat(3)
  )
  rows = estimator.predict(lambda: tf.data.Dataset.from_tensors(features))
  expected = [row['predictions'] for row in rows]

  model = tfcompat_estimator.to_keras(estimator, backend='keras3')

  found = model({'id': tf.constant(features['id'])})['predictions']
  np.testing.assert_allclose(found, expected, rtol=1e-6)
