"""Tests that calls of functions begin when all that they are given is there."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  strict_calls,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def add_then_call(weight):
  """Adds, and then calls a function that assigns; control edges say so.

  TensorFlow leaves the edge to the call away: the constant has it.
  """
  much = tf.reduce_sum(tf.linalg.matmul(*[tf.ones([200, 200]) * weight] * 2))
  with tf.control_dependencies([v1.assign_add(weight, much).op]):

    def assign(value):
      with tf.control_dependencies([weight.assign(10.0).op]):
        return value + 0.0

    called = tf.function(assign, autograph=False)(tf.constant(7.0))
  with tf.control_dependencies([called]):
    return weight.read_value() + called


def call_in_branch(weight):
  """The same in a branch."""
  yes = tf.constant(True)
  return tf.cond(yes, lambda: add_then_call(weight), lambda: 0.0)


@pytest.mark.parametrize(
  ('build', 'make'),
  [
    (add_then_call, v1.Session),
    (add_then_call, emulated_session.EmulatedSession),
    # In a Session a call in a branch begins too early.
    (call_in_branch, emulated_session.EmulatedSession),
  ],
)
def test_a_call_comes_after_what_its_inputs_come_after(build, make):
  """What was assigned stays."""
  with tf.Graph().as_default() as graph:
    weight = v1.get_variable('w', initializer=3.0, use_resource=True)
    result = build(weight)
    initializer = v1.global_variables_initializer()
    with make(graph=graph) as session:
      session.run(initializer)

      assert session.run(result) == 17.0
      assert session.run(weight) == 10.0


def test_fed_inputs_are_not_computed():
  """What a feed stands for is not run."""
  with tf.Graph().as_default() as graph:
    given = tf.constant(1.0) + 1.0
    weight = v1.get_variable('w', initializer=3.0, use_resource=True)
    tf.function(lambda x: weight.assign(x).read_value())(given)
    nodes = node_graph.NodeGraph(graph.as_graph_def(), [given.name])
    call = nodes.of('StatefulPartitionedCall')[0]
    before = list(call.input)

    strict_calls.apply(nodes, graph_pass.Context(graph))

  assert f'^{given.op.name}' not in call.input
  assert set(before) < set(call.input)


def test_a_second_time_changes_nothing():
  """The pass says what it did."""
  with tf.Graph().as_default() as graph:
    weight = v1.get_variable('w', initializer=3.0, use_resource=True)
    add_then_call(weight)
    nodes = node_graph.NodeGraph(graph.as_graph_def())

    assert strict_calls.apply(nodes, graph_pass.Context(graph))
    assert not strict_calls.apply(nodes, graph_pass.Context(graph))


def test_who_waits_for_a_call_waits_for_its_results():
  """Those that are in use; TensorFlow lets who waits go on before them."""
  with tf.Graph().as_default() as graph:
    results = tf.function(lambda x: (x + 1.0, x + 2.0))(tf.constant(1.0))
    used = results[1] * 2.0
    with tf.control_dependencies([results[1]]):
      waiting = tf.constant(3.0)
    graph_def = v1.graph_util.extract_sub_graph(
      graph.as_graph_def(), [waiting.op.name, used.op.name]
    )
    nodes = node_graph.NodeGraph(graph_def)
    (call,) = nodes.of('PartitionedCall')

    assert strict_calls.apply(nodes, graph_pass.Context(graph))

  assert list(nodes[waiting.op.name].input) == [
    f'^{call.name}',
    f'^{call.name}/there_1',
  ]
