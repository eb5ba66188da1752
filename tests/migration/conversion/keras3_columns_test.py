"""Turns each kind of feature column into layers of Keras 3."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.canned import neutral
from tfcompat_estimator.canned import dnn
from tfcompat_estimator.canned import rnn as rnn_lib

fc = tf.feature_column
VOCABULARY = ['red', 'green', 'blue']
AGE = fc.numeric_column('age')
BUCKETS = fc.bucketized_column(AGE, [30.0, 45.0, 60.0])
COLOR = fc.categorical_column_with_vocabulary_list('color', VOCABULARY)
COLOR_OOV = fc.categorical_column_with_vocabulary_list(
  'color', VOCABULARY[:2], num_oov_buckets=1
)
COLOR_DEFAULT = fc.categorical_column_with_vocabulary_list(
  'color', VOCABULARY[:2], default_value=1
)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
TAGS = fc.categorical_column_with_vocabulary_list('tags', ['a', 'b', 'c'])
ITEM = fc.categorical_column_with_identity('iid', 6)
ITEM_HASHED = fc.categorical_column_with_hash_bucket('jid', 4, tf.int64)
COLOR_FILE = fc.categorical_column_with_vocabulary_file(
  'color', str(neutral.VOCABULARY)
)
CROSS = fc.crossed_column(['color', 'city'], 7)
with tf.Graph().as_default():
  SHARED = fc.shared_embeddings([COLOR, TAGS], 3)
  SHARED_OOV = fc.shared_embeddings([COLOR_OOV, TAGS], 3, combiner='sum')

COLUMNS = {
  'numeric': [fc.numeric_column('x', 3), AGE],
  'bucketized': [BUCKETS],
  'indicator': [fc.indicator_column(COLOR), fc.indicator_column(TAGS)],
  'indicator_oov': [fc.indicator_column(COLOR_OOV)],
  'indicator_default': [fc.indicator_column(COLOR_DEFAULT)],
  'indicator_identity': [fc.indicator_column(ITEM)],
  'indicator_hash': [fc.indicator_column(CITY)],
  'embedding': [
    fc.embedding_column(CITY, 3),
    fc.embedding_column(COLOR_OOV, 2),
  ],
  'embedding_mean': [fc.embedding_column(TAGS, 3)],
  'embedding_sum': [fc.embedding_column(TAGS, 3, combiner='sum')],
  'embedding_sqrtn': [fc.embedding_column(TAGS, 3, combiner='sqrtn')],
  'embedding_default': [fc.embedding_column(COLOR_DEFAULT, 3)],
  'embedding_identity': [fc.embedding_column(ITEM, 3)],
  'embedding_hash_int': [fc.embedding_column(ITEM_HASHED, 3)],
  'embedding_file': [fc.embedding_column(COLOR_FILE, 3)],
  'embedding_bucketized': [fc.embedding_column(BUCKETS, 2)],
  'indicator_crossed': [fc.indicator_column(CROSS)],
  'embedding_crossed': [fc.embedding_column(CROSS, 3)],
  'crossed_bucketized': [
    fc.indicator_column(fc.crossed_column([BUCKETS, 'city'], 9)),
    fc.indicator_column(COLOR),
  ],
  'shared': [*SHARED, fc.indicator_column(COLOR)],
  'shared_oov': SHARED_OOV,
}
FEATURES = {
  'x': np.arange(12, dtype=np.float32).reshape(4, 3) / 10,
  'age': np.array([[20.0], [30.0], [50.0], [70.0]], np.float32),
  'color': np.array([['red'], ['green'], ['mauve'], ['']], object),
  'city': np.array([['Rome'], ['Oslo'], [''], ['Riga']], object),
  'tags': np.array([['a', 'b'], ['c', ''], ['', ''], ['a', 'z']], object),
  'iid': np.array([[0], [5], [-1], [3]]),
  'jid': np.array([[7], [-1], [123], [0]]),
}
LABELS = np.array([[0], [1], [1], [0]])


def dataset(columns, labels=None):
  names = fc.make_parse_example_spec(columns)
  features = {name: FEATURES[name] for name in names} or {
    'age': FEATURES['age']
  }
  data = features if labels is None else (features, labels)
  return tf.data.Dataset.from_tensor_slices(data).batch(4)


def assert_same(estimator, columns, tmp_path):
  model = tfcompat_estimator.to_keras(estimator, backend='keras3')
  assert isinstance(model, keras.Model)
  batch = next(iter(dataset(columns)))
  (expected,) = estimator.predict(
    lambda: dataset(columns), yield_single_examples=False
  )
  model.save(tmp_path / 'model.keras')
  for each in (model, keras.models.load_model(tmp_path / 'model.keras')):
    predicted = each(batch)
    assert set(predicted) >= set(expected) & {'logits', 'probabilities'}
    for key, value in predicted.items():
      np.testing.assert_allclose(
        value, expected[key], rtol=1e-5, atol=1e-6, err_msg=key
      )
  return model


def trained(estimator, columns, labels=LABELS):
  return estimator.train(lambda: dataset(columns, labels).repeat(), steps=3)


@pytest.mark.parametrize('name', COLUMNS)
def test_dense_columns(name, tmp_path):
  """Each kind of dense column becomes layers that give the same."""
  columns = COLUMNS[name]
  estimator = dnn.DNNClassifierV2([4], columns, str(tmp_path / 'model'))

  assert_same(trained(estimator, columns), columns, tmp_path)


REFUSED = {
  'three_crossed': fc.indicator_column(
    fc.crossed_column(['color', 'city', BUCKETS], 5)
  ),
  'crossed_with_key': fc.indicator_column(
    fc.crossed_column(['color', 'city'], 5, hash_key=3)
  ),
  'crossed_vocabulary': fc.indicator_column(
    fc.crossed_column([COLOR, 'city'], 5)
  ),
  'crossed_numbers': fc.indicator_column(
    fc.crossed_column(
      [fc.bucketized_column(fc.numeric_column('x', 3), [0.5]), 'city'], 5
    )
  ),
  'weighted': fc.embedding_column(
    fc.weighted_categorical_column(TAGS, 'tag_w'), 2
  ),
  'normalizer': fc.numeric_column('age', normalizer_fn=lambda x: x / 100),
  'max_norm': fc.embedding_column(CITY, 2, max_norm=1.0),
  'oov_buckets': fc.indicator_column(
    fc.categorical_column_with_vocabulary_list(
      'color', VOCABULARY, num_oov_buckets=2
    )
  ),
}


@pytest.mark.parametrize('name', REFUSED)
def test_columns_without_a_counterpart(name, tmp_path, monkeypatch):
  """A column that Keras 3 has no layer for is named."""
  column = REFUSED[name]
  monkeypatch.setitem(FEATURES, 'tags', np.array([['a', 'b']] * 4, object))
  monkeypatch.setitem(FEATURES, 'tag_w', np.ones([4, 2], np.float32))
  estimator = dnn.DNNClassifierV2([3], [column], str(tmp_path))
  trained(estimator, [column])

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
