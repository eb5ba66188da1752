"""Starts from the weights of a model, which the first checkpoint has."""

import keras
import numpy as np
import pytest
import tf_keras

from tests.keras_interop import conversions, models

pytestmark = pytest.mark.eager  # fits and reads models eagerly


@conversions.each_library
@pytest.mark.parametrize('checkpoint_format', ['saver', 'checkpoint'])
def test_sequential_models(library, checkpoint_format, model_dir):
  """Inputs, outputs and weights are called after the layers, and taken over."""
  model = models.sequential(conversions.LIBRARIES[library], 'sgd')
  made = conversions.both(
    model, model_dir=model_dir, checkpoint_format=checkpoint_format
  )
  read = models.dataset_fn({'dense_input': models.X}, {'dense_1': models.YR})
  got = [p['dense_1'] for p in made.predict(read)]
  expected = model.predict(models.X, verbose=0)
  loss = model.evaluate(models.X, models.YR, batch_size=16, verbose=0)

  np.testing.assert_allclose(got, expected, atol=1e-6)
  assert made.evaluate(read)['loss'] == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize('checkpoint_format', ['saver', 'checkpoint'])
@pytest.mark.parametrize('library', [keras, tf_keras])
def test_moving_averages_are_taken_over(library, checkpoint_format, model_dir):
  """All weights of a fitted model, not just trainable ones, go over."""
  model = models.functional(library, 'str')
  model.fit(models.X, models.YB, verbose=0)
  made = conversions.both(
    model, model_dir=model_dir, checkpoint_format=checkpoint_format
  )
  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]

  np.testing.assert_allclose(got, model.predict(models.X, verbose=0), atol=1e-6)
