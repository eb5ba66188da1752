"""Tests the shapes that TensorFlow 1 had functions for."""

from tfcompat_estimator.migration.tf1 import shapes


def test_shapes():
  """Of no, one and two dimensions; None is not known."""
  assert shapes.scalar().as_list() == []
  assert shapes.vector(3).as_list() == [3]
  assert shapes.matrix(None, 2).as_list() == [None, 2]
