"""Builds clones of tf_keras models, with optimizers of several kinds."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.keras_interop import conversions, models
from tfcompat_estimator.saved_models import receivers

pytestmark = pytest.mark.eager  # fits and reads models eagerly


def test_other_optimizers_of_tf_keras(tmp_path):
  """A v1 optimizer trains too; its steps are counted."""
  model = models.sequential(tf_keras)
  optimizer = tf.compat.v1.train.AdagradOptimizer(0.1)
  model.compile(optimizer, 'mse')
  made = conversions.train_once(model, models.X, models.YR, str(tmp_path))

  assert made.latest_checkpoint().endswith('model.ckpt-1')


def test_optimizers_without_a_legacy_counterpart(model_dir, caplog):
  """Those of tf_keras are refused by name; what is left out is named."""
  model = models.sequential(tf_keras, tf_keras.optimizers.Lion(0.1))
  with pytest.raises(ValueError, match=r'optimizer \(Lion\) of keras_model'):
    conversions.both(model, model_dir=model_dir)

  model.compile(tf_keras.optimizers.Adam(0.1, weight_decay=0.5), 'mse')
  conversions.both(model, model_dir=model_dir)
  assert 'weight_decay=0.5: it is left out' in caplog.text


@pytest.mark.parametrize('trained', [False, True])
def test_features_of_another_width(trained, tmp_path):
  """The error is about them, not the checkpoint; an export would never run."""
  made = conversions.both(models.sequential(tf_keras), model_dir=str(tmp_path))
  if trained:
    made.train(models.dataset_fn(models.X, models.YR), steps=1)
  wide = tf.zeros([1, models.X.shape[1] + 1])
  receiver_fn = receivers.build_raw_serving_input_receiver_fn(
    {'dense_input': wide}
  )

  with pytest.raises(ValueError, match=r'features \(dense_input \(None, .\)\)'):
    made.export_saved_model(str(tmp_path / 'export'), receiver_fn)
  with pytest.raises(ValueError, match=r'features \(dense_input \(.*kernel'):
    made.train(models.dataset_fn(np.zeros((4, 9), np.float32), models.YR[:4]))
