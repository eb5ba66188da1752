"""Columns of many kinds, data for them, and a comparison with Keras 3."""

import keras
import numpy as np
import tensorflow as tf

import tfcompat_estimator

fc = tf.feature_column
VOCABULARY = ['red', 'green', 'blue']
AGE = fc.numeric_column('age')
BUCKETS = fc.bucketized_column(AGE, [30.0, 45.0, 60.0])
COLOR = fc.categorical_column_with_vocabulary_list('color', VOCABULARY)
COLOR_OOV = fc.categorical_column_with_vocabulary_list(
  'color', VOCABULARY[:2], num_oov_buckets=1
)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
TAGS = fc.categorical_column_with_vocabulary_list('tags', ['a', 'b', 'c'])
ITEM = fc.categorical_column_with_identity('iid', 6)
CROSS = fc.crossed_column(['color', 'city'], 7)
with tf.Graph().as_default():
  SHARED = fc.shared_embeddings([COLOR, TAGS], 3)
  SHARED_OOV = fc.shared_embeddings([COLOR_OOV, TAGS], 3, combiner='sum')

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
