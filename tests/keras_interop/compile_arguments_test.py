"""Tests what models of tf_keras were compiled with, in a graph and outside."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.keras_interop import conversions, models
from tfcompat_estimator.records import run_config

pytestmark = pytest.mark.eager  # fits and reads models eagerly

X = np.arange(16, dtype=np.float32).reshape(8, 2) / 16
Y = X.sum(1, keepdims=True)


def compiled():
  ones = tf_keras.initializers.Ones()
  model = tf_keras.Sequential(
    [tf_keras.layers.Dense(1, 'relu', True, ones, name='d', input_shape=(2,))]
  )
  legacy = tf_keras.optimizers.legacy
  model.compile(legacy.SGD(0.1), 'mse', metrics=['mae'], loss_weights=[2.0])
  return model


def observed(model, model_dir, strategy=None):
  """Metrics and weights after three steps."""
  config = run_config.RunConfig(str(model_dir), train_distribute=strategy)
  made = conversions.both(model, config=config)
  made.train(models.dataset_fn(X, Y + 1), steps=3)
  kernel = 'layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE'
  metrics = made.evaluate(models.dataset_fn(X, Y))
  return metrics, made.get_variable_value(kernel).tolist()


@pytest.mark.parametrize('scope', [False, True])
@pytest.mark.parametrize('trained', [False, True])
def test_a_model_compiled_in_a_graph(scope, trained, tmp_path):
  """It trains as one of eager mode, in a strategy or not, and stays usable."""
  strategy = tf.distribute.MirroredStrategy(['/cpu:0'])
  expected = observed(compiled(), tmp_path / 'eager')

  with tf.Graph().as_default():
    with strategy.scope() if scope else contextlib.nullcontext():
      model = compiled()
    got = observed(model, tmp_path / 'graph', strategy if trained else None)
    again = model.predict(X)

  assert got == expected
  assert 'mae' in got[0]
  np.testing.assert_allclose(again, Y, rtol=1e-6)
  assert compiled().predict(X, verbose=0).shape == (8, 1)
