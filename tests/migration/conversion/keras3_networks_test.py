"""Checks models of Keras 3 against the Estimators that they were."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.migration.conversion import columns_in_keras3 as given
from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import multi_label

fc = tf.feature_column


@pytest.mark.parametrize('combiner', ['sum', 'mean', 'sqrtn'])
def test_linear(combiner, tmp_path):
  """Categorical columns of linear models are looked up and combined."""
  columns = [
    given.AGE,
    given.BUCKETS,
    given.COLOR,
    given.CITY,
    given.TAGS,
    given.ITEM,
    given.CROSS,
  ]
  estimator = linear.LinearClassifierV2(
    columns, str(tmp_path / 'model'), sparse_combiner=combiner
  )

  given.assert_same(given.trained(estimator, columns), columns, tmp_path)


def test_combined_trains(tmp_path):
  """A combined model is trained on as any model of Keras 3."""
  deep = [fc.embedding_column(given.CITY, 3), fc.numeric_column('x', 3)]
  wide = [given.COLOR]
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
  given.trained(estimator, [*wide, *deep])

  model = given.assert_same(estimator, [*wide, *deep], tmp_path)

  examples = given.dataset([*wide, *deep], given.LABELS)
  history = model.fit(
    examples.map(lambda x, y: (x, {'logits': y})), epochs=2, verbose=0
  ).history
  assert history['loss'][1] != history['loss'][0]


HEADS = {
  'regressor': lambda path: dnn.DNNRegressorV2([3], [given.AGE], path),
  'baseline': baseline.BaselineRegressorV2,
  'v1': lambda path: linear.LinearRegressor([given.AGE], path),
  'multi_label': lambda path: dnn.DNNEstimatorV2(
    multi_label.MultiLabelHead(2), [3], [given.AGE], path
  ),
}


@pytest.mark.parametrize('name', HEADS)
def test_heads(name, tmp_path):
  """Predictions of each head that are numbers are there."""
  estimator = HEADS[name](str(tmp_path / 'model'))
  labels = (
    np.hstack([given.LABELS, given.LABELS])
    if name == 'multi_label'
    else given.LABELS
  )
  given.trained(estimator, [given.AGE], labels)
  model = tfcompat_estimator.to_keras(estimator, backend='keras3')
  (expected,) = estimator.predict(
    lambda: given.dataset([given.AGE]), yield_single_examples=False
  )

  inputs = {'age': given.FEATURES['age'], 'features': given.FEATURES['age']}
  predicted = model(
    {key: inputs[key] for key in (each.name for each in model.inputs)}
  )

  assert set(predicted) & {'predictions', 'probabilities'}
  for key in set(predicted) & set(expected):
    np.testing.assert_allclose(predicted[key], expected[key], rtol=1e-5)


def test_keras_that_is_too_old(tmp_path, monkeypatch):
  """The error says which one would do."""
  estimator = linear.LinearClassifierV2([given.AGE], str(tmp_path / 'model'))
  given.trained(estimator, [given.AGE])
  monkeypatch.setattr(keras, '__version__', '3.2.1')
  with pytest.raises(ValueError, match=r'Keras is 3\.2\.1.*Install Keras 3\.3'):
    tfcompat_estimator.to_keras(estimator, backend='keras3')
