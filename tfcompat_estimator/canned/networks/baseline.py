"""Builds the model that ignores features: a bias and nothing else."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.networks import network

v1 = tf.compat.v1


def build(units: int) -> network.Network:
  """Makes the model; its logits are the same for every example.

  Args:
    units: The size of the logits.
  """

  def call(features: Any, mode: str) -> network.Output:
    del mode  # It is the same in all of them.
    # Outside of the model's scope: names in SavedModels begin at the top.
    with v1.name_scope(''):
      size = batch_size(features)
    bias = v1.get_variable(
      'bias', [units], initializer=v1.zeros_initializer(), use_resource=True
    )
    logits = tf.multiply(tf.ones([size, units]), bias)
    return network.Output(logits, (bias,))

  return call


def batch_size(features: Any) -> tf.Tensor:
  """The number of examples, by the first feature."""
  for _, feature in sorted(features.items()):
    if isinstance(feature, tf.SparseTensor):
      return tf.cast(feature.dense_shape[0], tf.int32)
    if isinstance(feature, tf.RaggedTensor):
      return tf.cast(feature.nrows(), tf.int32)
    return tf.shape(feature)[0]
  raise ValueError(
    'features must not be empty: they say how many examples there are.'
  )
