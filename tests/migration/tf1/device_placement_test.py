"""Tests which parameter server a variable goes to."""

import collections

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import device_placement

v1 = tf.compat.v1


def _operations(*shapes):
  with tf.Graph().as_default():
    return [
      v1.get_variable(
        f'v{i}', shape, validate_shape=None not in shape
      ).handle.op
      if None not in shape
      else v1.placeholder(tf.float32, shape).op
      for i, shape in enumerate(shapes)
    ]


def test_the_least_loaded_server_is_taken():
  """By the bytes of what it holds: the two small ones stand together."""
  place = device_placement.GreedyLoadBalancingStrategy(
    2, device_placement.byte_size_load_fn
  )

  assert [place(op) for op in _operations([100], [10], [10], [200])] == [
    0,
    1,
    1,
    1,
  ]


def test_an_unknown_size_is_refused():
  """It is not known what such a variable takes."""
  (operation,) = _operations([None, 2])

  with pytest.raises(ValueError, match='must be known to place it'):
    device_placement.byte_size_load_fn(operation)


def test_any_server_is_taken_by_a_seed():
  """The same ones for the same seed, and all of them at some time."""
  one, other = (device_placement.RandomStrategy(3, seed=5) for _ in range(2))
  taken = [one(None) for _ in range(60)]

  assert taken == [other(None) for _ in range(60)]
  assert sorted(collections.Counter(taken)) == [0, 1, 2]
