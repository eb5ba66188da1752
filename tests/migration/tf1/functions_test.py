"""Tests small functions of `tf.contrib.nn` and sparsemax."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import functions
from tfcompat_estimator.session_emulation.run import emulated_session


def _run(build):
  with tf.Graph().as_default() as graph:
    fetches = build()
    with emulated_session.EmulatedSession(graph) as session:
      return session.run(fetches)


def test_alpha_dropout_keeps_mean_and_variance():
  """Of what is distributed as SELU's outputs; a rate that is none is refused."""
  x = np.random.RandomState(0).normal(size=[400, 100]).astype(np.float32)
  dropped = _run(lambda: functions.alpha_dropout(x, 0.8, seed=1))

  assert abs(dropped.mean()) < 0.05
  assert abs(dropped.std() - 1) < 0.05
  assert (dropped != x).all()
  np.testing.assert_array_equal(_run(lambda: functions.alpha_dropout(x, 1)), x)
  with pytest.raises(ValueError, match='keep_prob'):
    functions.alpha_dropout(x, 1.5)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
  """Nothing of the simplex is nearer, many of its entries are 0."""
  logits = np.array([[0.1, 2.0, 1.5], [5.0, 0.0, 0.0]], np.float32)
  found = _run(lambda: functions.sparsemax(logits))
  others = np.random.RandomState(0).dirichlet(np.ones(3), 500)
  far = np.linalg.norm(others[:, None] - logits, axis=-1)

  np.testing.assert_allclose(found.sum(1), 1, 1e-6)
  np.testing.assert_allclose(found, [[0, 0.75, 0.25], [1, 0, 0]], atol=1e-6)
  assert (np.linalg.norm(found - logits, axis=-1) <= far + 1e-6).all()


def test_flipped_arguments():
  """Logits come first, the numbers are those of the other order."""
  logits, labels = np.array([[1.0, 2.0]]), np.array([[0.0, 1.0]])
  got = _run(
    lambda: [
      functions.deprecated_flipped_softmax_cross_entropy_with_logits(
        logits, labels
      ),
      functions.deprecated_flipped_sparse_softmax_cross_entropy_with_logits(
        logits, [1]
      ),
      functions.deprecated_flipped_sigmoid_cross_entropy_with_logits(
        logits, labels
      ),
    ]
  )

  softmax = np.log1p(np.exp(-1))
  np.testing.assert_allclose(got[0], [softmax])
  np.testing.assert_allclose(got[1], [softmax])
  np.testing.assert_allclose(got[2], np.log1p(np.exp([[1.0, -2.0]])))


def test_softplus_and_order():
  """One is scaled and clipped, the other finds the n-th."""
  x = np.array([[3.0, 1.0, 2.0]], np.float32)

  softplus = _run(lambda: functions.scaled_softplus(x, 2.0, clip=3.0))
  np.testing.assert_allclose(
    softplus, np.minimum(2 * np.log1p(np.exp(x / 2)), 3), 1e-6
  )
  assert _run(lambda: functions.nth_element(x, 0)) == [1]
  assert _run(lambda: functions.nth_element(x, 0, reverse=True)) == [3]
