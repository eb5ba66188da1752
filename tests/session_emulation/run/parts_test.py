"""Checks the functions that parts of graphs become."""

import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def test_a_fetch_comes_as_often_as_it_is_asked_for(session):
  """Twice, in another order, and together with what is fed."""
  x = v1.placeholder(tf.float32, [], 'x')
  y = x + 1.0

  assert session.run([y, x, y], {x: 2.0}) == [3.0, 2.0, 3.0]
  assert session.run([x], {x: 5.0}) == [5.0]
  assert session.run(y + x, {y: 10.0, x: 1.0}) == 11.0


def test_what_joins_branches_is_fetched_and_run(session):
  """A training ends with a branch, whose operation a loop runs and a hook fetches."""
  taken = v1.placeholder_with_default(True, [])
  joined, _ = tf.raw_ops.Merge(
    inputs=tf.raw_ops.Switch(data=tf.constant(5.0), pred=taken)
  )

  assert session.run([joined, joined.op, [joined]]) == [5.0, None, [5.0]]


def test_functions_of_one_name_in_two_graphs_are_two(session):
  """TensorFlow knows functions by name; graphs that were read may clash."""

  def define(number):
    with tf.Graph().as_default() as graph:
      x = v1.placeholder(tf.float32, [], 'x')
      call = tf.function(lambda x: x + number, autograph=False)
      tf.identity(call.get_concrete_function(x)(x), 'y')
    graph_def = graph.as_graph_def()
    (function,) = graph_def.library.function
    text = graph_def.SerializeToString().replace(
      function.signature.name.encode(),
      b'one_name'.ljust(len(function.signature.name), b'_'),
    )
    return v1.GraphDef.FromString(text)

  results = []
  for number in (1.0, 2.0):
    with tf.Graph().as_default() as graph:
      tf.graph_util.import_graph_def(define(number), name='')
      with emulated_session.EmulatedSession(graph) as other:
        results.append(other.run('y:0', {'x:0': 10.0}))

  assert results == [11.0, 12.0]
