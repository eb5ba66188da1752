"""Checks lookups of one id an example against TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned.networks import lookups, single_valued
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
IDS = np.array([1, 0, 1, -1])
WEIGHTS = np.array([[3.0, 4.0], [0.0, 2.0]], np.float32)


@pytest.mark.parametrize('max_norm', [None, 1.0])
@pytest.mark.parametrize('training', [False, True])
def test_rows_and_their_gradient(training, max_norm):
  """The rows of ids, zeros without one; each row's gradient is its sum."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    weights = v1.get_variable('w', initializer=WEIGHTS, use_resource=True)
    values = tf.constant(IDS)
    ids = single_valued.Ids(values, present=values >= 0, valid=values >= 0)
    rows = lookups.picked(weights, ids, training, 'rows', max_norm)
    (gradient,) = tf.gradients(rows, weights)
    session.run(v1.global_variables_initializer())
    got, slopes = session.run([rows, tf.convert_to_tensor(gradient)])

  norms = np.linalg.norm(WEIGHTS, axis=1, keepdims=True)
  clipped = WEIGHTS / np.maximum(norms / (max_norm or np.inf), 1.0)
  expected = np.where(IDS[:, None] >= 0, clipped[np.maximum(IDS, 0)], 0.0)
  np.testing.assert_allclose(got, expected, rtol=1e-6)
  if max_norm is None:
    np.testing.assert_allclose(slopes, [[1.0, 1.0], [2.0, 2.0]])


def test_a_variable_in_one_part_is_whole():
  """What is split in two is left to TensorFlow's lookup."""
  with tf.Graph().as_default():
    one, two = (
      v1.get_variable(f'v{n}', [4, 2], partitioner=v1.fixed_size_partitioner(n))
      for n in (1, 2)
    )

    assert lookups.whole(one) is next(iter(one))
    assert lookups.whole(two) is None
