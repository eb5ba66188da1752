"""Tests what `optimizers_test` does not compare with TensorFlow 1.15."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import sign_optimizers
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.mark.parametrize('sparse', [False, True])
def test_resource_variables(sparse):
  """In float64; a row without a gradient stays."""
  slopes = np.array([[1.0, -2.0], [0.5, -0.25]])
  with tf.Graph().as_default() as graph:
    w = v1.get_variable('w', initializer=np.ones([3, 2]), use_resource=True)
    rows = tf.gather(w, [0, 1]) if sparse else w[:2]
    train = sign_optimizers.AddSignOptimizer(0.1, alpha=0.5).minimize(
      tf.reduce_sum(rows * slopes)
    )
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      session.run(train)
      values = session.run(w)

  np.testing.assert_allclose(values[:2], 1 - 0.1 * 1.5 * slopes)
  np.testing.assert_array_equal(values[2], 1)


def test_a_decay_needs_the_step():
  """Which is told, where 1.15 called the function with None."""
  optimizer = sign_optimizers.PowerSignOptimizer(sign_decay_fn=tf.identity)

  with tf.Graph().as_default():
    w = v1.get_variable('w', [])
    with pytest.raises(ValueError, match='`global_step` .None. must be given'):
      optimizer.minimize(w * 2)
