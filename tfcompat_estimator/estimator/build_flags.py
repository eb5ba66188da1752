"""Lists what of a process and thread changes the graphs that are built.

A graph that is kept serves only while all of this is as it was. A switch that
turns out to be missing is a row of the table, or of `_tf.switches`.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf

v1 = tf.compat.v1


def _environment() -> Any:
  """The variables that this package and TensorFlow read while they build."""
  return tuple(
    item
    for item in os.environ.items()
    if item[0].startswith(('TFCOMPAT_', 'TF_'))
  )


FLAGS: Mapping[str, Callable[[], Any]] = {
  'resource variables': v1.resource_variables_enabled,
  'control flow': v1.control_flow_v2_enabled,
  'eager mode of the process': _tf.is_eager_by_default,
  'eager mode': tf.executing_eagerly,
  'TF 2 behavior': tf.__internal__.tf2.enabled,
  'tensor shapes': lambda: type(tf.TensorShape([1])[0]).__name__,
  'functions run eagerly': tf.config.functions_run_eagerly,
  'autograph': (
    lambda: tf.__internal__.autograph.control_status_ctx().status.name
  ),
  'jit': tf.config.optimizer.get_jit,
  'optimizer of graphs': (
    lambda: repr(tf.config.optimizer.get_experimental_options())
  ),
  'soft placement': tf.config.get_soft_device_placement,
  'floatx': tf_keras.backend.floatx,
  'epsilon': tf_keras.backend.epsilon,
  'image data format': tf_keras.backend.image_data_format,
  'mixed precision': (
    lambda: repr(tf_keras.mixed_precision.global_policy().get_config())
  ),
  'random generators of layers': (
    tf_keras.backend.experimental.is_tf_random_generator_enabled
  ),
  'environment': _environment,
}


def read() -> Any:
  """All of them, as something that can be a part of a key."""
  public = tuple((name, flag()) for name, flag in FLAGS.items())
  return public, tuple(_tf.switches().items())
