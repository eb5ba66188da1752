"""Tests helpers for tensors."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import tensors
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _run(build, feeds=None):
  with tf.Graph().as_default() as graph:
    fetches = build()
    with emulated_session.EmulatedSession(graph) as session:
      return session.run(fetches, feeds)


def test_placeholders_of_a_graph():
  """And nothing else of it."""
  with tf.Graph().as_default() as graph:
    x = v1.placeholder(tf.float32)
    _ = x + 1

  assert [each.name for each in tensors.get_placeholders(graph)] == [x.name]


def test_sparse_stays_sparse():
  """All else becomes a tensor."""
  sparse = v1.SparseTensorValue([[0]], [1], [2])

  with tf.Graph().as_default():
    kept = tensors.convert_to_tensor_or_sparse_tensor(sparse)
    made = tensors.convert_to_tensor_or_sparse_tensor([1], tf.float32)

  assert isinstance(kept, tf.SparseTensor)
  assert made.dtype == tf.float32


@pytest.mark.parametrize('wrong', [1.0, [1]])
def test_a_scalar_int_is_checked(wrong):
  """Of a whole number and no dimension."""
  with tf.Graph().as_default():
    assert tensors.assert_scalar_int(3).dtype == tf.int32
    with pytest.raises(ValueError, match='Expected'):
      tensors.assert_scalar_int(wrong)


def test_sums_and_squeezed_dimensions():
  """The sum of all; a last dimension of 1 goes where the other has none."""
  assert _run(lambda: tensors.reduce_sum_n([[1.0, 2.0], 3.0])) == 6
  with pytest.raises(ValueError, match='No tensors'):
    tensors.reduce_sum_n([])
  shapes = [
    [part.shape for part in _run(build)]
    for build in (
      lambda: tensors.remove_squeezable_dimensions(np.ones([2, 1]), [1, 2]),
      lambda: tensors.remove_squeezable_dimensions([1, 2], np.ones([2, 1])),
    )
  ]
  assert shapes == [[(2,), (2,)]] * 2


def test_shapes_are_checked_when_the_program_runs():
  """Also those that are known only then."""
  ones = np.ones([2, 1], np.float32)
  with tf.Graph().as_default() as graph:
    x = v1.placeholder(tf.float32)
    by_shape = tensors.with_shape([2, 1], x)
    by_tensor = tensors.with_same_shape(
      v1.placeholder_with_default(ones, None), x
    )
    with emulated_session.EmulatedSession(graph) as session:
      for checked in (by_shape, by_tensor):
        assert session.run(checked, {x: ones}).shape == (2, 1)
        with pytest.raises(tf.errors.InvalidArgumentError):
          session.run(checked, {x: np.ones([3])})
