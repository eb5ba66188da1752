"""Checks which variables of TF 1's first kind need not stay references."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import graph_snapshot

v1 = tf.compat.v1


@pytest.fixture
def graph():
  v1.disable_control_flow_v2()
  with tf.Graph().as_default() as graph:
    yield graph
  v1.enable_control_flow_v2()


def variable(name, value):
  return v1.get_variable(
    name, initializer=tf.constant(value), use_resource=False
  )


def kinds(graph):
  snapshot = graph_snapshot.GraphSnapshot(graph, 'container')
  snapshot.refresh()
  return {node.op for node in snapshot.nodes}


def after(before, make):
  with tf.control_dependencies([before]):
    return make()


def test_what_is_only_waited_for_keeps_no_variable(graph):
  """What may have its buffer, in a loop that writes it."""
  v = variable('v', [1.0])
  part = tf.reshape(v, [1])

  def body(i):
    with tf.control_dependencies([part]):
      written = v1.assign(v, v + 1.0)
    return after(written, lambda: i + 1)

  v1.while_loop(lambda i: i < 3, body, [0], parallel_iterations=1)

  assert 'VariableV2' not in kinds(graph)


def test_a_result_of_another_type_has_no_buffer_of_a_variable(graph):
  """So to take it after a write keeps no variable as it is."""
  v = variable('v', [1.0])
  called = tf.function(lambda x: x > 0.0)(v)
  after(v1.assign(v, [0.0]), lambda: tf.identity(called))

  assert 'VariableV2' not in kinds(graph)
