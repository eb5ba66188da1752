"""Goes on from checkpoints of the reference's Keras Estimators."""

import functools
import json
import shutil
import tempfile

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests import loss_hook
from tests.canned import neutral
from tests.keras_interop import models

pytestmark = pytest.mark.eager  # fits and reads models eagerly

v1 = tf.compat.v1

NAMES = ('v1_model_to_estimator_saver', 'v2_model_to_estimator_checkpoint')


class Continued:
  """A golden, evaluated and asked, then trained further and so again."""

  def __init__(self, name):
    source = neutral.GOLDENS / name
    self.expected = json.loads((source / 'expected.json').read_text())
    self.arrays = np.load(source / 'arrays.npz')
    folder = tempfile.mkdtemp()
    shutil.copytree(source / 'model_dir', folder, dirs_exist_ok=True)
    self.estimator = models.FAMILIES[name[:2]](
      models.functional(tf_keras), model_dir=folder
    )
    self.metrics = self.estimator.evaluate(self.input_fn('yb', 1))
    self.predictions = self.predict()
    recorder = loss_hook.Losses(
      lambda graph: loss_hook.of_summary(graph, 'loss_1')
    )
    self.estimator.train(
      self.input_fn('yb', None), hooks=[recorder], steps=self.expected['k']
    )
    self.losses = recorder.values
    self.metrics_after = self.estimator.evaluate(self.input_fn('yb', 1))
    self.predictions_after = self.predict()

  def input_fn(self, label, epochs, stop=None):
    return neutral.input_fn(['x'], label, epochs=epochs, stop=stop)

  def predict(self):
    found = self.estimator.predict(self.input_fn(None, 1, 16))
    return np.stack([prediction['o'] for prediction in found])


continued = functools.cache(Continued)
each = pytest.mark.parametrize('name', NAMES)


def check_metrics(metrics, expected, tolerance):
  assert list(metrics) == list(expected)
  for key, value in metrics.items():
    assert value == pytest.approx(expected[key]['value'], abs=tolerance), key
    assert value.dtype.name == expected[key]['dtype']


@each
def test_metrics_of_the_reference_checkpoint(name):
  """evaluate() gives the reference's numbers."""
  golden = continued(name)
  check_metrics(golden.metrics, golden.expected['eval_metrics'], 1e-6)


@each
def test_predictions_of_the_reference_checkpoint(name):
  """predict() gives the reference's numbers."""
  golden = continued(name)
  np.testing.assert_allclose(
    golden.predictions, golden.arrays['predict/o'], atol=1e-6
  )


@each
def test_training_goes_on_alike(name):
  """Optimizer state is restored: losses and variables are the reference's."""
  golden = continued(name)
  np.testing.assert_allclose(
    golden.losses, golden.expected['losses_k'], atol=1e-5
  )
  finals = [k for k in golden.arrays if k.startswith('final_var/')]
  assert finals
  for key in finals:
    value = golden.estimator.get_variable_value(key.removeprefix('final_var/'))
    np.testing.assert_allclose(
      value, golden.arrays[key], atol=1e-5, err_msg=key
    )


@each
def test_results_after_training(name):
  """The further trained model evaluates and predicts alike."""
  golden = continued(name)
  expected = golden.expected['eval_metrics_after_k']
  check_metrics(golden.metrics_after, expected, 1e-5)
  np.testing.assert_allclose(
    golden.predictions_after, golden.arrays['predict_after_k/o'], atol=1e-5
  )


def test_object_based_checkpoint_restores_into_keras():
  """`tf.train.Checkpoint` reads what the 'checkpoint' format wrote."""
  golden = continued('v2_model_to_estimator_checkpoint')
  model = models.functional(tf_keras)
  path = golden.estimator.latest_checkpoint()
  tf.train.Checkpoint(model).restore(path).expect_partial()

  np.testing.assert_allclose(
    model(models.X[:16]), golden.predictions_after, atol=1e-6
  )
