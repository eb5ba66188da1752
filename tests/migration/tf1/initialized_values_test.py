"""Tests what variables that are resources lost."""

import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.migration.tf1 import initialized_values
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def test_a_copy_of_a_layers_variable_begins_as_it():
  """Whichever is initialized first; afterwards it is the value."""
  end = initialized_values.begin_initialized_values()
  try:
    with tf.Graph().as_default() as graph:
      layer = tf_keras.layers.Dense(2, kernel_initializer='ones')
      layer.build([None, 3])
      copy = v1.get_variable(
        'copy', initializer=2 * layer.kernel.initialized_value()
      )
      with emulated_session.EmulatedSession(graph) as session:
        session.run(copy.initializer)
        before = session.run(copy)
        session.run(layer.kernel.initializer)
        session.run(layer.kernel.assign([[5.0] * 2] * 3))
        session.run(copy.initializer)
        after = session.run(copy)
  finally:
    end()

  assert before.tolist() == [[2.0] * 2] * 3
  assert after.tolist() == [[10.0] * 2] * 3
  with tf.Graph().as_default(), pytest.raises(NotImplementedError):
    tf.Variable(1.0).initialized_value()
