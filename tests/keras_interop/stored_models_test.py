"""Reads models from files, by the Keras that wrote them."""

import os

import numpy as np
import pytest

from tests.keras_interop import conversions, models

pytestmark = pytest.mark.eager  # fits and reads models eagerly


@conversions.each_library
@pytest.mark.parametrize('suffix', ['h5', 'keras'])
def test_a_saved_model(library, suffix, model_dir, tmp_path):
  """A file in place of a model is read by the Keras that wrote it."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  path = os.fspath(tmp_path / f'model.{suffix}')
  model.save(path)
  made = conversions.both(keras_model_path=path, model_dir=model_dir)
  got = next(made.predict(models.dataset_fn(models.X)))

  np.testing.assert_allclose(got['o'], model(models.X[:1])[0], atol=1e-6)
