"""Checks what passes may know of a program."""

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass


def test_tensors_and_ranks_by_name():
  """What a session added is unknown, as is an open rank."""
  with tf.Graph().as_default() as graph:
    matrix = tf.zeros([2, 3], name='matrix')
    tf.compat.v1.placeholder(tf.float32, None, 'open')
    context = graph_pass.Context(graph)

    assert context.tensor('matrix:0') is matrix
    assert context.tensor('added:0') is None
    assert context.rank('matrix:0') == 2
    assert context.rank('open:0') is None
    assert context.rank('added:0') is None


def test_two_programs_share_no_findings():
  """What a pass tells of one is not told of another."""
  first, second = (graph_pass.Context(tf.Graph()) for _ in range(2))
  first.moved['a:0'] = 'b:0'
  first.targets.append('c')

  assert not second.moved
  assert not second.targets
