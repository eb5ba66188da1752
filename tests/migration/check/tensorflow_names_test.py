"""Checks that lists of names are true."""

import importlib

import keras
import tensorflow as tf

import tfcompat_estimator
from tests.migration.check import record_names
from tfcompat_estimator.migration.check import (
  tensorflow_names,
)

v1 = tf.compat.v1


def test_names_of_v1_are_of_v1_only():
  """TensorFlow has, and lacks, what the list says."""
  with tfcompat_estimator.install():
    for name in tensorflow_names.ONLY_IN_V1:
      assert record_names.resolves(tf.compat.v1, name), name
      assert not record_names.resolves(tf, name), name


def test_the_file_of_names_is_whole():
  """It has what the script finds here, of all that needs no TensorFlow 2.15."""
  with tfcompat_estimator.install():
    found = record_names.public_lists()

  for name, names in found.items():
    assert record_names.below(names) == record_names.below(
      getattr(tensorflow_names, name)
    )


def test_keras_2_lists_are_true():
  """tf_keras has what Keras 3 is said to lack, and Keras 3 lacks it."""
  v2 = importlib.import_module('tf_keras.api._v2.keras')
  tf_keras_3 = importlib.import_module('keras._tf_keras.keras')
  refuses = {'optimizers.legacy'}  # it is there, and fails when it is called
  for name in tensorflow_names.ONLY_IN_KERAS_2 - refuses:
    assert record_names.resolves(v2, name), name
    assert not record_names.resolves(tf_keras_3, name), name
    in_keras_3 = name in tensorflow_names.ALSO_IN_KERAS_3
    assert record_names.resolves(keras, name) == in_keras_3, name
