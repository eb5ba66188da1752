"""Tests the summaries of layers."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned.networks import network


@pytest.mark.parametrize('shape', [(3, 100), (1, 1), (7, 3, 2), (0, 4)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.float16])
def test_the_fraction_of_zeros_is_tensorflows(shape, dtype):
  """To the bit, and of its type; of nothing it is no number."""
  rng = np.random.RandomState(0)
  value = (rng.rand(*shape) > 0.4) * rng.normal(size=shape)
  value = tf.constant(value.astype(dtype))

  fraction = network.zero_fraction(value)
  expected = tf.nn.zero_fraction(value)

  np.testing.assert_array_equal(fraction, expected)
  assert fraction.dtype == expected.dtype
