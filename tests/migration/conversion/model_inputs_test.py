"""Inputs of Keras models are of the dtypes of features."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tfcompat_estimator.canned import linear

fc = tf.feature_column
BACKENDS = ['tf_keras', 'keras3']
FEATURES = {
  'id': np.array([[3], [-1], [123456789], [0]]),
  'word': np.array([['a'], ['b'], [''], ['a']], object),
}


def trained(columns, folder):
  labels = np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)
  estimator = linear.LinearRegressorV2(columns, str(folder))
  return estimator.train(
    lambda: tf.data.Dataset.from_tensors((FEATURES, labels)).repeat(3)
  )


def predicted(estimator):
  rows = estimator.predict(lambda: tf.data.Dataset.from_tensors(FEATURES))
  return np.array([row['predictions'] for row in rows])


def tensors(size=4):
  return {name: tf.constant(value[:size]) for name, value in FEATURES.items()}


# Crosses of Keras 3 (3.15) take no empty batch.
@pytest.mark.parametrize(
  ('backend', 'size'),
  [
    ('tf_keras', 4),
    ('tf_keras', 1),
    ('tf_keras', 0),
    ('keras3', 4),
    ('keras3', 1),
  ],
)
def test_a_cross_names_a_feature_of_integers(backend, size, tmp_path):
  """Numbers are crossed as TensorFlow does, not their texts; -1 is one, too."""
  columns = [fc.crossed_column(['id', 'word'], 1000)]
  estimator = trained(columns, tmp_path)

  model = tfcompat_estimator.to_keras(
    estimator, backend=backend, feature_dtypes={'id': tf.int64}
  )

  found = model(tensors(size))['predictions']
  np.testing.assert_allclose(found, predicted(estimator)[:size], rtol=1e-6)


@pytest.mark.parametrize('backend', BACKENDS)
def test_another_column_says_the_dtype(backend, tmp_path):
  """What an identity column reads are integers, for a cross, too."""
  columns = [
    fc.crossed_column(['id', 'word'], 1000),
    fc.categorical_column_with_identity('id', 5, default_value=4),
  ]
  estimator = trained(columns, tmp_path)

  model = tfcompat_estimator.to_keras(estimator, backend=backend)

  found = model(tensors())['predictions']
  np.testing.assert_allclose(found, predicted(estimator), rtol=1e-6)


def test_integers_for_strings(tmp_path):
  """The error names the feature and how to say what it is."""
  model = tfcompat_estimator.to_keras(
    trained([fc.crossed_column(['id', 'word'], 10)], tmp_path)
  )

  with pytest.raises(ValueError, match=r"'id'.*int64.*feature_dtypes"):
    model(tensors())


@pytest.mark.parametrize('backend', BACKENDS)
def test_dtypes_of_other_features(backend, tmp_path):
  """A dtype that a column says, or of no feature, is refused."""
  columns = [
    fc.crossed_column(['id', 'word'], 1000),
    fc.categorical_column_with_identity('id', 5, default_value=4),
  ]
  estimator = trained(columns, tmp_path)

  with pytest.raises(ValueError, match=r"feature_dtypes.*\['id'\].*\['word'\]"):
    tfcompat_estimator.to_keras(
      estimator, backend=backend, feature_dtypes={'id': tf.string}
    )


def test_columns_that_disagree(tmp_path):
  """A feature is read in one way."""
  columns = [
    fc.categorical_column_with_identity('id', 5, default_value=4),
    fc.bucketized_column(fc.numeric_column('id'), [2.0]),
  ]

  with pytest.raises(ValueError, match="the feature 'id' in different ways"):
    tfcompat_estimator.to_keras(trained(columns, tmp_path))
