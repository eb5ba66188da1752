"""Tests what tf.contrib.tfprof prints and returns."""

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import profiles


@pytest.mark.parametrize(
  ('options', 'number'),
  [
    ({}, {'total_parameters': 16}),
    (profiles.TRAINABLE_VARS_PARAMS_STAT_OPTIONS, {'total_parameters': 16}),
    (profiles.FLOAT_OPS_OPTIONS, {'total_float_ops': 48}),
  ],
  ids=['default', 'variables', 'float_ops'],
)
def test_sizes_of_a_graph(options, number):
  """The sums are those that TensorFlow 1.15 gives for the same graph."""
  with tf.Graph().as_default() as graph:
    x = tf.compat.v1.placeholder(tf.float32, [2, 3])
    kernel = tf.compat.v1.get_variable('kernel', initializer=tf.zeros([3, 4]))
    bias = tf.compat.v1.get_variable('bias', initializer=tf.zeros([4]))
    tf.matmul(x, kernel)
    del bias

  told = profiles.print_model_analysis(graph, tfprof_options=options)

  assert {name: getattr(told, name) for name in number} == number
