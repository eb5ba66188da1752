"""Looks at the handles that tensors get which may be a variable's."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  graph_snapshot,
)

v1 = tf.compat.v1


@pytest.fixture
def graph():
  v1.disable_control_flow_v2()
  with tf.Graph().as_default() as graph:
    yield graph
  v1.enable_control_flow_v2()


def chosen_of(variable, condition):
  return v1.cond(
    condition, lambda: tf.identity(variable), lambda: tf.constant(7.0)
  )


def kinds(graph, *operations):
  snapshot = graph_snapshot.GraphSnapshot(graph, 'container')
  snapshot.refresh()
  nodes = snapshot.subgraph([op.name for op in operations], ()).graph_def.node
  return [node.op for node in nodes]


def test_a_handle_goes_beside_a_tensor_that_is_written_later(graph):
  """A value gets a variable of its own; without the write nothing is added."""
  v = v1.get_variable('v', initializer=1.0, use_resource=False)
  chosen = chosen_of(v, v1.placeholder_with_default(True, []))
  plain = chosen * 2.0
  with tf.control_dependencies([chosen]):
    write = v1.assign_add(v, 1.0)
  with tf.control_dependencies([write]):
    later = chosen * 2.0

  assert kinds(graph, plain.op).count('Merge') == 1
  assert 'VarHandleOp' not in kinds(graph, plain.op)
  assert kinds(graph, later.op).count('Merge') == 2
  assert kinds(graph, later.op).count('VarHandleOp') == 1


def test_what_is_fetched_shows_the_end_of_the_run(graph):
  """If it is the variable in this run; else it is what it was."""
  del graph
  v = v1.get_variable('v', initializer=1.0, use_resource=False)
  condition = v1.placeholder_with_default(True, [])
  chosen = chosen_of(v, condition)
  with tf.control_dependencies([chosen]):
    write = v1.assign_add(v, 1.0)
  with emulated_session.EmulatedSession() as session:
    session.run(v1.global_variables_initializer())
    assert session.run([chosen, write]) == [2, 2]
    assert session.run([chosen, write], {condition: False}) == [7, 3]
    assert session.run(chosen) == 3
