"""Tests the shapes that TensorFlow 1 had functions for."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import shapes


def test_shapes():
  """Of no, one and two dimensions; None is not known."""
  assert shapes.scalar().as_list() == []
  assert shapes.vector(3).as_list() == [3]
  assert shapes.matrix(None, 2).as_list() == [None, 2]


def test_a_dimension_may_be_a_whole_float():
  """As in TensorFlow 1; with a fraction it is an error, and so it is later."""
  end = shapes.begin_whole_floats()
  try:
    assert tf.TensorShape([8 / 2, np.float32(3), None]).as_list() == [
      4,
      3,
      None,
    ]
    with pytest.raises(TypeError, match='4.5'):
      tf.TensorShape([4.5])
  finally:
    end()

  with pytest.raises(TypeError, match='4.0'):
    tf.TensorShape([4.0])
