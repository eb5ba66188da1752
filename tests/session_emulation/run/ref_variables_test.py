"""Runs graphs with variables of TF 1's first kind: they become resources."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import session as session_lib
from tfcompat_estimator.session_emulation.run import snapshot as snapshot_lib

v1 = tf.compat.v1


@pytest.fixture
def graph():
  with tf.Graph().as_default() as graph:
    yield graph


def variable(name, value):
  return v1.get_variable(
    name, initializer=tf.constant(value), use_resource=False
  )


def opened():
  session = session_lib.EmulatedSession()
  session.run(v1.global_variables_initializer())
  return session


def kinds(graph):
  snapshot = snapshot_lib.GraphSnapshot(graph, 'container')
  snapshot.refresh()
  return {node.op for node in snapshot.nodes}


# What writes a variable of [1, 2, 3], and what it leaves.
WRITES = {
  'assign': (lambda w: v1.assign(w, w * 2), [2, 4, 6]),
  'assign_add': (lambda w: v1.assign_add(w, [1.0, 1, 1]), [2, 3, 4]),
  'assign_sub': (lambda w: v1.assign_sub(w, w), [0, 0, 0]),
  'scatter_update': (lambda w: v1.scatter_update(w, [0], [9.0]), [9, 2, 3]),
  'scatter_add': (lambda w: v1.scatter_add(w, [0, 0], [1.0, 1]), [3, 2, 3]),
  'scatter_mul': (lambda w: v1.scatter_mul(w, [1], [5.0]), [1, 10, 3]),
  'scatter_nd_update': (
    lambda w: v1.scatter_nd_update(w, [[2]], [8.0]),
    [1, 2, 8],
  ),
  'part': (lambda w: w[1:].assign([7.0, 7]), [1, 7, 7]),
  'sgd': (
    lambda w: v1.train.GradientDescentOptimizer(1.0).minimize(tf.reduce_sum(w)),
    [0, 1, 2],
  ),
  'two_in_order': (
    lambda w: v1.assign_add(v1.assign(w, w * 3), [1.0, 1, 1]),
    [4, 7, 10],
  ),
}


@pytest.mark.parametrize('name', WRITES)
def test_writes(graph, name):
  """Each leaves what it leaves in a Session, and returns it where it returns."""
  write, expected = WRITES[name]
  w = variable('w', [1.0, 2.0, 3.0])
  written = write(w)
  with opened() as session:
    returned = session.run(written)

    if returned is not None:
      np.testing.assert_array_equal(returned, expected)
    np.testing.assert_array_equal(session.run(w), expected)
    np.testing.assert_array_equal(session.run('w/read:0'), expected)
  assert 'VariableV2' not in kinds(graph)


def test_a_fetched_variable_shows_the_end_of_the_run(graph):
  """By all its names; what is computed of it comes before what nothing orders."""
  w = variable('w', 1.0)
  computed = w * 10.0
  add = v1.assign_add(w, 1.0)
  with tf.control_dependencies([add]):
    after = tf.identity(w)
    of_read = w * 100.0
  with opened() as session:
    fetches = ['w:0', 'w/read:0', after, computed, of_read, add]

    assert session.run(fetches) == [2, 2, 2, 10, 200, 2]
    assert session.run([w, computed]) == [2, 20]


def test_branches_and_loops(graph):
  """A branch that is not taken does not write; a loop reads what was written."""
  w = variable('w', 1.0)
  taken = v1.placeholder_with_default(False, [])
  v1.disable_control_flow_v2()
  try:
    result = v1.cond(taken, lambda: v1.assign(w, 5.0), lambda: tf.identity(w))
    with tf.control_dependencies([result]):
      _, total = v1.while_loop(
        lambda i, _: i < 3, lambda i, total: (i + 1, total + w), [0, 0.0]
      )
  finally:
    v1.enable_control_flow_v2()
  with opened() as session:
    assert session.run([result, w]) == [1, 1]
    assert session.run([result, total, w], {taken: True}) == [5, 15, 5]
  assert 'VariableV2' not in kinds(graph)


def test_whatever_has_no_form_for_resources_keeps_its_variable(graph):
  """Others in the graph become resources all the same."""
  w = variable('w', [[1.0, 2.0]])
  other = variable('other', 1.0)
  update = v1.batch_scatter_update(w, [[0]], [[7.0]])
  chosen = tf.raw_ops.RefSelect(index=0, inputs=[w.op.outputs[0]])
  with opened() as session:
    session.run(update)
    assert session.run([w, chosen])[0].tolist() == [[7.0, 2.0]]
    assert session.run(v1.assign_add(other, 1.0)) == 2
  assert {'VariableV2', 'VarHandleOp'} <= kinds(graph)


def test_a_variable_of_no_certain_shape(graph):
  """It takes values of other shapes."""
  w = v1.Variable([1.0], validate_shape=False, use_resource=False)
  longer = v1.assign(w, [1.0, 2.0], validate_shape=False)
  with opened() as session:
    assert session.run(longer).tolist() == [1, 2]
    assert session.run(w).tolist() == [1, 2]


def test_feeding(graph):
  """What is fed in place of a variable is what others see."""
  w = variable('w', 1.0)
  y = w * 2.0
  with opened() as session:
    assert session.run(y, {'w:0': 5.0}) == 10
    assert session.run([y, 'w/read:0'], {'w/read:0': 4.0}) == [8, 4]


def test_what_has_no_value(graph):
  """A variable without a value is told of, and is an error to read."""
  w = variable('w', 1.0)
  asked = v1.is_variable_initialized(w)
  with session_lib.EmulatedSession() as session:
    assert not session.run(asked)
    assert session.uninitialized([w]) == ['w']
    with pytest.raises(tf.errors.FailedPreconditionError):
      session.run(w)
    session.run(w.initializer)
    assert session.run(asked)
    assert session.uninitialized([w]) == []
