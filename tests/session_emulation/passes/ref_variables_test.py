"""Runs graphs with variables of TF 1's first kind: they become resources."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  graph_snapshot,
)

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
  session = emulated_session.EmulatedSession()
  session.run(v1.global_variables_initializer())
  return session


def kinds(graph):
  snapshot = graph_snapshot.GraphSnapshot(graph, 'container')
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


def test_integers_that_keep_their_variable(graph):
  """TensorFlow wants to be told where references to them are."""
  w = variable('w', [1, 2])
  chosen = tf.raw_ops.RefSelect(index=0, inputs=[w.op.outputs[0]])
  joined = tf.raw_ops.RefMerge(inputs=[w.op.outputs[0]]).output
  with opened() as session:
    assert session.run(v1.scatter_sub(w, [0], [1])).tolist() == [0, 2]
    for tensor in (chosen, joined, w + 0):
      assert session.run(tensor).tolist() == [0, 2]
  assert 'VariableV2' in kinds(graph)


@pytest.mark.parametrize('way', [lambda f: f(), tf.function, 'cond'])
def test_a_resource_that_was_assigned_a_reference_has_its_buffer(graph, way):
  """What is written to the one later is seen in the other, as in a Session."""
  w = variable('w', [1.0, 2.0])
  other = v1.get_variable('other', initializer=[0.0, 0.0], use_resource=True)
  value = tf.identity(w)

  def give():
    with tf.control_dependencies([v1.assign(other, value)]):
      return tf.constant(1.0)

  if way == 'cond':
    given = v1.cond(v1.placeholder_with_default(True, []), give, lambda: 0.0)
  else:
    called = way(give)
    given = called() if callable(called) else called
  fetches = [given, v1.assign_add(w, [5.0, 5.0]), other]

  def values(session):
    session.run(v1.global_variables_initializer())
    return [session.run(fetch).tolist() for fetch in fetches]

  with v1.Session() as session:
    expected = values(session)
  with emulated_session.EmulatedSession() as session:
    assert values(session) == expected
  assert expected[2] == [6, 7]


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
  with emulated_session.EmulatedSession() as session:
    assert not session.run(asked)
    assert session.uninitialized([w]) == ['w']
    with pytest.raises(tf.errors.FailedPreconditionError):
      session.run(w)
    session.run(w.initializer)
    assert session.run(asked)
    assert session.uninitialized([w]) == []


@pytest.fixture
def old_control_flow():
  """Branches and loops of TF 1, as after disable_v2_behavior."""
  v1.disable_control_flow_v2()
  yield
  v1.enable_control_flow_v2()


def after(before, make):
  with tf.control_dependencies([before]):
    return make()


def read_in_branch(v, w, p):
  """A branch writes, then reads what it has written."""

  def branch():
    return after(v1.assign(v, v + 1.0), lambda: tf.identity(v))

  return v1.assign(w, 10.0 * v1.cond(p, branch, lambda: tf.identity(v)))


def nested_branches(v, w, p):
  """An inner branch writes, the outer one and what follows read."""

  def outer():
    inner = v1.cond(
      p, lambda: v1.assign_add(v, 2.0), lambda: v1.assign_sub(v, 1.0)
    )
    return after(inner, lambda: v * 10.0 + inner)

  result = v1.cond(p, outer, lambda: v * 3.0)
  return after(result, lambda: v1.assign(w, result + tf.identity(v)))


def several_branches(v, w, p):
  """The result of a case is one variable, another one, or a value."""
  result = v1.case(
    [(p, lambda: tf.identity(v)), (w > 40.0, lambda: tf.identity(w))],
    default=lambda: tf.constant(7.0),
  )
  written = after(result, lambda: v1.assign_add(v, 1.0))
  written = after(written, lambda: v1.assign_add(w, result))
  return after(written, lambda: result * 100.0 + v)


def merged(v, w, p):
  """What a branch took from a variable shows what is written later."""
  result = v1.cond(p, lambda: tf.identity(v), lambda: tf.constant(7.0))
  written = after(result, lambda: v1.assign(v, v + 5.0))
  return after(written, lambda: v1.assign(w, result * 2.0))


def read_in_condition(v, w, p):
  """The condition of a loop reads what the body writes."""
  del p

  def body(i):
    return after(v1.assign_add(v, 1.0), lambda: i + 1)

  count = v1.while_loop(
    lambda i: after(i, lambda: tf.logical_and(i < 9, v.read_value() < 12.0)),
    body,
    [0],
    parallel_iterations=1,
  )
  return after(count, lambda: v1.assign(w, v + tf.cast(count, tf.float32)))


def branch_in_loop(v, w, p):
  """A branch in a loop writes; the loop hands on what it reads."""

  def body(i, x):
    write = v1.cond(
      tf.equal(i % 2, 0),
      lambda: v1.assign(v, x + 1.0),
      lambda: v1.assign_add(v, x),
    )
    return i + 1, after(write, lambda: tf.identity(v))

  start = v1.cond(p, lambda: tf.identity(v), lambda: tf.constant(2.0))
  x = v1.while_loop(lambda i, x: i < 3, body, [0, start])[1]
  return after(x, lambda: v1.assign(w, x * 10.0))


def loop_in_branch(v, w, p):
  """A loop in a branch writes in each iteration, and hands on a variable."""

  def branch():
    x = v1.while_loop(
      lambda i, x: i < 2,
      lambda i, x: (
        i + 1,
        after(v1.assign_add(v, x), lambda: tf.identity(w)),
      ),
      [0, tf.identity(v)],
    )[1]
    return after(x, lambda: x + v)

  result = v1.cond(p, branch, lambda: tf.identity(w))
  return after(result, lambda: v1.assign(w, tf.math.floormod(result, 97.0)))


def no_iteration(v, w, p):
  """A loop that ends at once hands on the variable that it was given."""
  del p
  x = v1.while_loop(lambda i, x: i < 0, lambda i, x: (i + 1, x * 2.0), [0, v])[
    1
  ]
  written = after(x, lambda: v1.assign_add(v, 3.0))
  return after(written, lambda: v1.assign(w, x * 2.0))


def a_slice(v, w, p):
  """What may have the buffer of a variable, or may not."""
  part = tf.reshape(v, [1])
  written = after(part, lambda: v1.assign_add(v, 1.0))
  return after(
    written, lambda: v1.assign(w, part[0] * 2.0 + tf.cast(p, w.dtype))
  )


def detector(v, w, p):
  """A stored inverse belongs to the stored value that branches keep."""
  kept = v1.cond(
    p, lambda: v1.assign(v, 0.5 * v + 1.0), lambda: v1.assign(v, 2.0 * v)
  )
  return after(kept, lambda: v1.assign(w, 1.0 / v.read_value()))


def average(v, w, p):
  """Moving averages, updated in one branch and read in the other."""
  mean = v * 3.0
  moving = v1.train.ExponentialMovingAverage(0.5)

  def update():
    return after(moving.apply([w]), lambda: tf.identity(mean))

  result = v1.cond(p, update, lambda: moving.average(w))
  scaled = result * tf.math.rsqrt(tf.abs(result) + 1.0)
  written = v1.assign_add(v, scaled)
  return after(written, lambda: v1.assign_add(w, 1.0))


def kept_beside(v, w, p):
  """One that has to stay a reference gives its value to one that need not."""
  given = after(v1.assign_add(v, 5.0), lambda: v1.assign(w, v))
  written = after(given, lambda: v1.assign_sub(v, 4.0))
  left = after(
    written, lambda: tf.raw_ops.RefSelect(index=0, inputs=[v.op.outputs[0]])
  )
  return after(left, lambda: w * 10.0 + tf.cast(p, w.dtype))


PROGRAMS = (
  kept_beside,
  read_in_branch,
  nested_branches,
  several_branches,
  merged,
  read_in_condition,
  branch_in_loop,
  loop_in_branch,
  no_iteration,
  a_slice,
  detector,
  average,
)


@pytest.mark.parametrize('build', PROGRAMS)
def test_reads_in_branches_and_loops(graph, old_control_flow, build):
  """Each gives, run by run, what a Session gives."""
  del graph, old_control_flow
  v, w = variable('v', 1.0), variable('w', 3.0)
  p = v1.placeholder_with_default(True, [])
  result = build(v, w, p)
  init = v1.global_variables_initializer()

  def values(session):
    session.run(init)
    runs = [session.run([result, v, w], {p: i % 3 != 1}) for i in range(5)]
    return [*runs, session.run(v1.global_variables())]

  with v1.Session() as session:
    expected = values(session)
  with emulated_session.EmulatedSession() as session:
    assert values(session) == expected


def test_one_read_serves_all_that_no_write_comes_before(graph):
  """A step with an optimizer reads each variable once."""
  w = variable('w', [1.0, 2.0])
  loss = tf.reduce_sum(w * w + tf.exp(w))
  step = v1.train.AdamOptimizer().minimize(loss)
  after(step, lambda: tf.identity(loss))
  snapshot = graph_snapshot.GraphSnapshot(graph, 'container')
  snapshot.refresh()
  nodes = snapshot.subgraph([step.name], ()).graph_def.node
  reads = [n.input[0] for n in nodes if n.op == 'ReadVariableOp']

  assert len(reads) == len(set(reads))
