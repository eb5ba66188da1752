"""Tests optimizers that wrap others."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import towers
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _step(wrap):
  """A variable of zeros after one step along gradients of (3, 4)."""
  with tf.Graph().as_default() as graph:
    w = v1.get_variable('w', [2], initializer=v1.zeros_initializer())
    optimizer = wrap(v1.train.MomentumOptimizer(1.0, 0.9))
    step = optimizer.minimize(tf.reduce_sum(w * [3.0, 4.0]))
    names = optimizer.get_slot_names(), len(optimizer.variables())
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      session.run(step)
      return session.run(w), names


def test_gradients_are_clipped_to_a_global_norm():
  """Their direction stays; slots are those of the optimizer within."""
  plain, slots = _step(towers.TowerOptimizer)
  clipped, of_clipped = _step(
    lambda inner: towers.clip_gradients_by_norm(inner, 1.0)
  )

  np.testing.assert_allclose(plain, [-3, -4])
  np.testing.assert_allclose(clipped, [-0.6, -0.8], 1e-6)
  assert slots == of_clipped == (['momentum'], 1)


def test_a_replicated_model_function_is_itself():
  """Batches are not split."""
  model_fn = lambda features: features  # noqa: E731

  assert towers.replicate_model_fn(model_fn, devices=['a', 'b']) is model_fn
