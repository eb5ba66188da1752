"""Converts models of several kinds, and takes their weights over."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.keras_interop import conversions, models
from tfcompat_estimator.saved_models import receivers

pytestmark = pytest.mark.eager  # fits and reads models eagerly


def test_an_export_that_failed(model_dir):
  """It leaves nothing in the way of a model without inputs of its own."""
  model = tf_keras.Sequential([tf_keras.layers.Dense(1, name='o')])
  model.compile('sgd', 'mse')
  made = conversions.train_once(model, models.X, models.YR, model_dir)
  wrong = receivers.build_raw_serving_input_receiver_fn(
    {'unknown': tf.constant(models.X)}
  )
  with pytest.raises(KeyError, match='input_1'):
    made.export_saved_model(model_dir + '/export', wrong)

  copied = tfcompat_estimator.to_keras(made)

  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]
  np.testing.assert_allclose(copied(models.X), got, atol=1e-6)
