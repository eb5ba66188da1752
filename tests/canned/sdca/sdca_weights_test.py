"""Checks the two sets of weights that SDCA keeps."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned.sdca import sdca_weights
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.mark.parametrize('parts', [1, 2])
def test_whole_or_in_parts_it_is_one_vector(parts):
  """Rows are added and read alike; the model's values are nearer to 0."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    variable = v1.get_variable(
      'w',
      [4, 1],
      initializer=tf.zeros_initializer(),
      partitioner=v1.fixed_size_partitioner(parts) if parts > 1 else None,
      use_resource=True,
    )
    weights = sdca_weights.Weights(variable)
    session.run(v1.global_variables_initializer())
    session.run(weights.add(tf.constant([[1.0], [0.0], [0.0], [-3.0]])))
    session.run(weights.add_rows(tf.constant([3, 1]), tf.constant([0.5, 0.25])))
    session.run(weights.shrink(0.5))
    unshrunk, rows, model = session.run(
      [
        weights.read(),
        weights.gather(tf.constant([3, 0])),
        tf.convert_to_tensor(variable),
      ]
    )

  assert unshrunk.ravel().tolist() == [1.0, 0.25, 0.0, -2.5]
  assert np.ravel(rows).tolist() == [-2.5, 1.0]
  assert model.ravel().tolist() == [0.5, 0.0, 0.0, -2.0]
