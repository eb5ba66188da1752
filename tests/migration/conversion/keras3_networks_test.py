"""Checks models of Keras 3 against the Estimators that they were."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import multi_label

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


@pytest.mark.parametrize('combiner', ['sum', 'mean', 'sqrtn'])
def test_linear(combiner, tmp_path):
  """Categorical columns of linear models are looked up and combined."""
  columns = [AGE, BUCKETS, COLOR, CITY, TAGS, ITEM, CROSS]
  estimator = linear.LinearClassifierV2(
    columns, str(tmp_path / 'model'), sparse_combiner=combiner
  )

  assert_same(trained(estimator, columns), columns, tmp_path)


def test_combined_trains(tmp_path):
  """A combined model is trained on as any model of Keras 3."""
  deep = [fc.embedding_column(CITY, 3), fc.numeric_column('x', 3)]
  wide = [COLOR]
  estimator = dnn_linear_combined.DNNLinearCombinedClassifierV2(
    str(tmp_path / 'model'),
    linear_feature_columns=wide,
    dnn_feature_columns=deep,
    dnn_hidden_units=[4, 3],
    dnn_activation_fn=tf.nn.tanh,
    dnn_dropout=0.2,
    batch_norm=True,
    n_classes=3,
  )
  trained(estimator, [*wide, *deep])

  model = assert_same(estimator, [*wide, *deep], tmp_path)

  examples = dataset([*wide, *deep], LABELS)
  history = model.fit(
    examples.map(lambda x, y: (x, {'logits': y})), epochs=2, verbose=0
  ).history
  assert history['loss'][1] != history['loss'][0]


HEADS = {
  'regressor': lambda path: dnn.DNNRegressorV2([3], [AGE], path),
  'baseline': baseline.BaselineRegressorV2,
  'v1': lambda path: linear.LinearRegressor([AGE], path),
  'multi_label': lambda path: dnn.DNNEstimatorV2(
    multi_label.MultiLabelHead(2), [3], [AGE], path
  ),
}


@pytest.mark.parametrize('name', HEADS)
def test_heads(name, tmp_path):
  """Predictions of each head that are numbers are there."""
  estimator = HEADS[name](str(tmp_path / 'model'))
  labels = np.hstack([LABELS, LABELS]) if name == 'multi_label' else LABELS
  trained(estimator, [AGE], labels)
  model = tfcompat_estimator.to_keras(estimator, backend='keras3')
  (expected,) = estimator.predict(
    lambda: dataset([AGE]), yield_single_examples=False
  )

  inputs = {'age': FEATURES['age'], 'features': FEATURES['age']}
  predicted = model(
    {key: inputs[key] for key in (each.name for each in model.inputs)}
  )

  assert set(predicted) & {'predictions', 'probabilities'}
  for key in set(predicted) & set(expected):
    np.testing.assert_allclose(predicted[key], expected[key], rtol=1e-5)


def test_keras_that_is_too_old(tmp_path, monkeypatch):
  """The error says which one would do."""
  estimator = linear.LinearClassifierV2([AGE], str(tmp_path / 'model'))
  trained(estimator, [AGE])
  monkeypatch.setattr(keras, '__version__', '3.2.1')
  with pytest.raises(ValueError, match=r'Keras is 3\.2\.1.*Install Keras 3\.3'):
    tfcompat_estimator.to_keras(estimator, backend='keras3')
