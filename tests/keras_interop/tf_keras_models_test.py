"""Builds clones of tf_keras models, with optimizers of several kinds."""

import pytest
import tensorflow as tf
import tf_keras

from tests.keras_interop import conversions, models

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
