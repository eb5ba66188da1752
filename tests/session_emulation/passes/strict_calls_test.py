"""Tests that calls and branches begin when all that they are given is there."""

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


def branch_after_branch(weight):
  """Sets to 3 in a branch, then adds 7 in one that is given the result unused."""
  yes = v1.placeholder_with_default(True, [])
  no = v1.placeholder_with_default(False, [])
  much = [tf.ones([600, 600]) * weight] * 2

  def set_slowly():
    zero = 0.0 * tf.reduce_sum(tf.linalg.matmul(*much))
    with tf.control_dependencies([weight.assign(zero + 3.0).op]):
      return tf.constant(1.0)

  first = tf.cond(yes, set_slowly, lambda: 0.0)

  def add():
    with tf.control_dependencies([v1.assign_add(weight, 7.0).op]):
      return tf.constant(7.0)

  with tf.control_dependencies([first]):
    second = tf.cond(no, lambda: first, add)
  with tf.control_dependencies([second]):
    return weight.read_value() + second


@pytest.mark.parametrize(
  ('build', 'make'),
  [
    (add_then_call, v1.Session),
    (add_then_call, emulated_session.EmulatedSession),
    # In a Session a call in a branch begins too early, and so does a branch.
    (call_in_branch, emulated_session.EmulatedSession),
    (branch_after_branch, emulated_session.EmulatedSession),
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


_CHOICES = {  # what chooses; whether it takes a run to know it
  'constant': (lambda: tf.identity(tf.constant(2) > 3), False),
  'shape': (lambda: tf.shape(tf.zeros([2, 3]))[0] > 2, False),
  'constant_branch': (
    lambda: tf.cond(
      tf.identity(tf.constant(True)),
      lambda: tf.identity(tf.constant(False)),
      lambda: tf.identity(tf.constant(True)),
    ),
    False,
  ),
  'placeholder': (lambda: v1.placeholder(tf.bool, []), True),
  'default': (lambda: v1.placeholder_with_default(True, []), True),
  'draw': (lambda: tf.random.uniform([]) > 0.5, True),
  'variable': (
    lambda: v1.get_variable('v', initializer=1.0, use_resource=True) > 0.0,
    True,
  ),
}


@pytest.mark.parametrize('choice', _CHOICES)
@pytest.mark.parametrize('is_in_function', [False, True])
def test_a_branch_that_constants_choose_waits_for_nothing(
  choice, is_in_function
):
  """TensorFlow cuts off what only the others take."""
  make, is_waiting = _CHOICES[choice]

  def branch():
    given = tf.identity(tf.random.uniform([]), 'given')
    return tf.cond(make(), lambda: given + 1.0, lambda: 0.0)

  with tf.Graph().as_default() as graph:
    if is_in_function:
      always = v1.placeholder_with_default(True, [])
      tf.cond(always, branch, lambda: 0.0)
    else:
      branch()
    graph_def = graph.as_graph_def()
    strict_calls.apply(
      node_graph.NodeGraph(graph_def), graph_pass.Context(graph)
    )

  nodes = [*graph_def.node]
  for function in graph_def.library.function:
    nodes += function.node_def
  waiting = [node for node in nodes if '^given' in node.input]
  assert len(waiting) == is_waiting


def _loop(given, body):
  return tf.while_loop(lambda n, _: n < 2, body, [tf.constant(0), given])[1]


_LOOPS = {  # of what is given; whether the loop takes it
  'takes': (lambda x: _loop(x, lambda n, y: (n + 1, y + 1.0)), True),
  'replaces': (
    lambda x: _loop(x, lambda n, _: (n + 1, tf.constant(1.0))),
    False,
  ),
  'hands_on': (lambda x: _loop(x, lambda n, y: (n + 1, y)), False),
  'replaces_within': (
    lambda x: _loop(
      tf.constant(1.0),
      lambda n, _: (n + 1, _loop(x, lambda m, _: (m + 1, tf.constant(1.0)))),
    ),
    False,
  ),
  'captures': (
    lambda x: _loop(tf.constant(1.0), lambda n, y: (n + 1, y + x)),
    True,
  ),
}


@pytest.mark.parametrize('loop', _LOOPS)
def test_a_loop_waits_for_what_it_takes(loop):
  """A Session does not run what makes the rest; nor what needs no time."""
  make, is_waiting = _LOOPS[loop]
  with tf.Graph().as_default() as graph:
    make(tf.identity(tf.random.uniform([]), 'given'))
    graph_def = graph.as_graph_def()
    strict_calls.apply(
      node_graph.NodeGraph(graph_def), graph_pass.Context(graph)
    )

  (node,) = (n for n in graph_def.node if n.op in ('While', 'StatelessWhile'))
  assert [s for s in node.input if s[0] == '^'] == ['^given'] * is_waiting


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
