"""Has what tests of conversions share."""

import keras
import pytest
import tf_keras

from tests.keras_interop import models
from tfcompat_estimator.keras_interop import convert

LIBRARIES = {'tf_keras': tf_keras, 'keras': keras}


each_library = pytest.mark.parametrize('library', LIBRARIES)


both = convert.model_to_estimator_v2


def train_once(model, features, labels, model_dir, **kwargs):
  made = both(model, model_dir=model_dir, **kwargs)
  made.train(models.dataset_fn(features, labels), steps=1)
  return made


def keras_metrics(model, x, y, **kwargs):
  results = model.evaluate(
    x, y, batch_size=16, verbose=0, return_dict=True, **kwargs
  )
  return {key: pytest.approx(value, abs=1e-5) for key, value in results.items()}
