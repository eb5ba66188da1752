"""Checks that variables of other shapes are named before they are restored."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_shapes, tensors

v1 = tf.compat.v1


@pytest.fixture
def saved(tmp_path):
  """A checkpoint of `a`, a matrix, and of `b`."""
  prefix = str(tmp_path / 'model')
  tensors.write(prefix, {'a': np.zeros([4, 2]), 'b': np.zeros([3])})
  return prefix


def check(saved, a, b, use_resource=True):
  with tf.Graph().as_default() as graph:
    for name, shape in (('a', a), ('b', b)):
      v1.get_variable(
        name, shape, tf.float64, use_resource=use_resource, trainable=False
      )
    reads = checkpoint_shapes.reads_of(graph, v1.train.Saver())
    checkpoint_shapes.check(reads, saved, {})


@pytest.mark.parametrize('use_resource', [True, False])
def test_shapes_that_differ_are_named(saved, use_resource):
  """The variable, its shape and that in the checkpoint are in the error."""
  check(saved, [4, 2], [3], use_resource)
  with pytest.raises(
    ValueError, match=r'a has shape \[4, 2\].*\[5, 2\]'
  ) as caught:
    check(saved, [5, 2], [3], use_resource)

  assert '[3]' not in str(caught.value)


def test_one_read_of_each_saver_is_found():
  """Those of another saver of the graph are not this one's."""
  with tf.Graph().as_default() as graph:
    a, b = (v1.get_variable(name, [2]) for name in 'ab')
    first, _ = v1.train.Saver([a]), v1.train.Saver([a, b])
    (read,) = checkpoint_shapes.reads_of(graph, first)

  assert read.type == 'RestoreV2'
  assert len(read.outputs) == 1
