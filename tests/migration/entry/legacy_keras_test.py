"""Tests the parts of TensorFlow 1 that were Keras, in tf.compat.v1."""

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import fresh

_LAYERS = """
import tfcompat_estimator
tfcompat_estimator.install()
import tensorflow as tf
import tensorflow.compat.v1 as v1
from tensorflow.compat.v1 import layers
from tensorflow.compat.v1.layers import Dense
import tensorflow.compat.v1.keras.layers
assert v1.layers.Dense.__module__ == Dense.__module__ == (
    'tf_keras.src.legacy_tf_layers.core'), Dense
assert v1.keras.layers.Dense.__module__.startswith('tf_keras.')
assert v1.nn.rnn_cell.LSTMCell.__module__.startswith('tf_keras.')
with tf.Graph().as_default():
  assert layers.dense(v1.zeros([2, 3]), 4).shape == (2, 4)
print(tf.keras.Model.__module__.split('.')[0])
"""


@pytest.mark.parametrize('variable, keras', [('0', 'keras'), ('1', 'tf_keras')])
def test_tf_1_parts_of_keras_are_served(variable, keras):
  """tf.compat.v1.layers, .keras and rnn_cell work, whichever tf.keras is."""
  assert (
    fresh.printed('-c', _LAYERS, TF_USE_LEGACY_KERAS=variable).split()[-1]
    == keras
  )


def test_keras_3_parts_are_as_before_after_uninstall():
  """TensorFlow's own answer about layers is back."""
  with tfcompat_estimator.install():
    assert tf.compat.v1.layers.dense
  with pytest.raises(AttributeError, match='not available with Keras 3'):
    _ = tf.compat.v1.layers.dense
