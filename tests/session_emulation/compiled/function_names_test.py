"""Checks that functions of graphs get names of their own."""

import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import function_names
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def graph_def(number=1.0):
  """A graph whose function calls another one, in a branch."""
  with tf.Graph().as_default() as graph:
    x = v1.placeholder(tf.float32, [], 'x')
    inner = tf.function(lambda x: x + number, autograph=False)
    outer = tf.function(
      lambda x: tf.cond(x > 0, lambda: inner(x), lambda: -inner(x)),
      autograph=False,
    )
    tf.identity(outer.get_concrete_function(x)(x), 'y')
  return graph.as_graph_def()


def names(given):
  return {function.signature.name for function in given.library.function}


def test_all_uses_of_a_function_follow_its_name():
  """The graph computes what it did."""
  given = graph_def()
  before = names(given)
  function_names.make_own(given)

  assert len(before) > 2
  assert not before & names(given)
  with tf.Graph().as_default() as graph:
    tf.graph_util.import_graph_def(given, name='')
    with emulated_session.EmulatedSession(graph) as session:
      assert session.run('y:0', {'x:0': 2.0}) == 3.0
      assert session.run('y:0', {'x:0': -2.0}) == 1.0


def test_names_follow_from_content():
  """Imports of the same functions share them, of others do not."""
  given = graph_def()
  same, other = v1.GraphDef(), v1.GraphDef()
  same.CopyFrom(given)
  other.CopyFrom(given)
  other.library.function[0].node_def[0].attr['_note'].s = b'other'
  for each in (given, same, other):
    function_names.make_own(each)

  assert names(given) == names(same)
  assert not names(given) & names(other)
