"""Checks that all results of a branch or loop come before what follows one of them."""

import time

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  joint_results,
  node_graph,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture(params=[True, False], ids=['v2', 'v1'])
def session(request):
  """A session of a default graph, whose control flow is of one kind."""
  switches = v1.disable_control_flow_v2, v1.enable_control_flow_v2
  switches[request.param]()
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    yield session
  v1.enable_control_flow_v2()


def read_late(variable):
  """Its value, some time after a branch has begun."""

  def wait():
    time.sleep(0.05)
    return np.float32(0.0)

  with tf.control_dependencies([v1.py_func(wait, [], tf.float32)]):
    return tf.identity(variable)


def branch(variable):
  return tf.cond(
    tf.constant(3) > 2,
    lambda: (tf.constant(1.0), read_late(variable)),
    lambda: (tf.constant(2.0), tf.constant(3.0)),
  )


def case(variable):
  return tf.case(
    [(tf.constant(3) < 2, lambda: (tf.constant(2.0), tf.constant(3.0)))],
    default=lambda: (tf.constant(1.0), read_late(variable)),
  )


def loop(variable):
  _, first, second = tf.while_loop(
    lambda n, *_: n < 1,
    lambda n, a, b: (n + 1, a + 1.0, b + read_late(variable)),
    (0, 1.0, 0.0),
  )
  return first, second


@pytest.mark.parametrize('kind', [branch, case, loop])
@pytest.mark.parametrize('order', ['waits', 'takes'])
def test_a_write_after_one_result_comes_after_what_is_read_for_another(
  session, kind, order
):
  variable = v1.get_variable('v', initializer=5.0, use_resource=True)
  first, second = kind(variable)
  if order == 'waits':
    with tf.control_dependencies([first]):
      write = variable.assign(7.0, read_value=False)
  else:
    write = variable.assign(first + 6.0, read_value=False)
  session.run(variable.initializer)

  assert session.run([second, write])[0] == 5.0


def test_what_nobody_writes_or_asks_for_waits_for_nothing():
  variable_kinds = {}
  for kind in ('both', 'one', 'unwritten'):
    with tf.Graph().as_default() as graph:
      variable = v1.get_variable('v', initializer=5.0, use_resource=True)
      first, second = branch(variable)
      with tf.control_dependencies([first]):
        other = v1.get_variable('o', initializer=5.0, use_resource=True)
        written = other if kind == 'unwritten' else variable
        write = written.assign(7.0, read_value=False)
      wanted = [write.name] + ([] if kind == 'one' else [second.op.name])
      graph_def = v1.graph_util.extract_sub_graph(graph.as_graph_def(), wanted)
    nodes = node_graph.NodeGraph(graph_def)
    context = graph_pass.Context(graph, variables=['v', 'o'])
    variable_kinds[kind] = joint_results.apply(nodes, context)

  assert variable_kinds == {'both': True, 'one': False, 'unwritten': False}


def test_a_large_function_whose_results_a_gradient_takes_gets_nothing_more():
  with tf.Graph().as_default() as graph:
    layers = [
      v1.get_variable(f'w{n}', [2, 2], use_resource=True) for n in range(40)
    ]

    @tf.function(autograph=False)
    def network(x):
      for kernel in layers:
        x = tf.math.sigmoid(x @ kernel)
      return x

    loss = tf.reduce_sum(network(tf.ones([1, 2])))
    step = v1.train.GradientDescentOptimizer(0.1).minimize(loss)
    names = [step.name, loss.op.name]
    graph_def = v1.graph_util.extract_sub_graph(graph.as_graph_def(), names)
  nodes = node_graph.NodeGraph(graph_def)
  edges = sum(len(node.input) for node in nodes.nodes)
  joint_results.apply(
    nodes,
    graph_pass.Context(graph, variables=[v.op.name for v in layers]),
  )

  assert sum(len(node.input) for node in nodes.nodes) - edges < 10


def test_what_a_branch_that_is_not_taken_takes_is_waited_for(session):
  variable = v1.get_variable('v', initializer=5.0, use_resource=True)
  first, second = branch(variable)
  third = tf.case(
    [(tf.constant(3) > 2, lambda: first + 1.0)], default=lambda: second + 1.0
  )
  with tf.control_dependencies([third]):
    write = variable.assign(7.0, read_value=False)
  session.run(variable.initializer)

  assert session.run([second, write])[0] == 5.0


def test_who_waits_for_a_call_closes_no_circle(session):
  variable = v1.get_variable('v', initializer=5.0, use_resource=True)
  first, second = tf.function(
    lambda: (variable + 1.0, variable + 2.0), autograph=False
  )()
  taken = [first * 2.0, second * 2.0]
  with tf.control_dependencies([first, second]):
    write = tf.while_loop(
      lambda n: n < 1.0, lambda n: n + variable.assign(7.0), [0.0]
    )
  session.run(variable.initializer)

  assert session.run([*taken, write])[:2] == [12.0, 14.0]
