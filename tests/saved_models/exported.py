"""Has an Estimator to export, and reads its exports."""

import pytest
import tensorflow as tf

from tests.saved_models import models

v1 = tf.compat.v1


@pytest.fixture(scope='module')
def model_dir(tmp_path_factory):
  """A model directory with checkpoints 0 and 3."""
  path = str(tmp_path_factory.mktemp('trained') / 'model')
  models.make(path).train(models.input_fn, steps=3)
  return path


@pytest.fixture
def estimator(model_dir):
  return models.make(model_dir)


@pytest.fixture
def base(tmp_path):
  return str(tmp_path / 'versions')


def signatures(path, index=0):
  graphs = models.load(path).meta_graphs
  return {
    key: models.described(signature)
    for key, signature in graphs[index].signature_def.items()
  }
