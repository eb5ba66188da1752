"""Checks a step of k-means, computed by numpy as well."""

import numpy as np
import tensorflow as tf

from tfcompat_estimator.canned.networks import clustering
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
POINTS = np.array([[0, 0], [0, 2], [10, 10], [10, 12]], np.float32)
CENTERS = np.array([[0, 0], [10, 10]], np.float32)


def test_a_mini_batch_step_moves_centers_to_means():
  """Points go to the nearest center, which becomes the mean of its points."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    made = clustering.build(
      tf.constant(POINTS),
      seed=1,
      initial_clusters=CENTERS,
      num_clusters=2,
      use_mini_batch=True,
      mini_batch_steps_per_iteration=1,
    )
    train_op = made.train_op
    session.run([v1.global_variables_initializer()])
    session.run(v1.local_variables_initializer())
    session.run(made.init_op)
    assert session.run(made.is_initialized)
    index, distances = session.run([made.cluster_index, made.distances])
    session.run(train_op)
    session.run(train_op)
    moved = session.run(made.distances)

  assert index.tolist() == [0, 0, 1, 1]
  assert distances.tolist() == [0, 4, 0, 4]
  # The center itself and its two points, twice: the mean of five is 0.8.
  np.testing.assert_allclose(moved, [0.64, 1.44, 0.64, 1.44], rtol=1e-4)
