"""Tests that functions are called with the options that they need."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import call_options
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def read_after_nested_branch(flag):
  """Flips in a branch of a branch; what waits for its result then reads."""

  def flips():
    flipped = tf.math.logical_xor(flag, True)
    with tf.control_dependencies([flag.assign(flipped, read_value=False)]):
      return tf.math.logical_xor(flipped, True)

  def reads_after():
    inner = tf.cond(tf.identity(flag), flips, lambda: tf.constant(True))
    with tf.control_dependencies([inner]):
      return [tf.math.logical_xor(flag, True), tf.identity(flag)]

  def flips_back():
    with tf.control_dependencies([flag.assign(True, read_value=False)]):
      return [tf.constant(False), tf.constant(False)]

  return tf.cond(tf.identity(flag), reads_after, flips_back)[0]


def test_who_waits_for_a_result_of_a_branch_waits_for_the_branch():
  """What is read thereafter is what the branch has written."""
  with tf.Graph().as_default() as graph:
    flag = v1.get_variable('flag', initializer=True, use_resource=True)
    result = read_after_nested_branch(flag)
    initializer = v1.global_variables_initializer()
    with emulated_session.EmulatedSession(graph=graph) as session:
      session.run(initializer)
      values = [bool(session.run(result)) for _ in range(6)]

  assert values == [True, False] * 3


@pytest.mark.parametrize(
  ('build', 'expected'),
  [
    (lambda: tf.constant(1.0) + 1.0, False),
    (
      lambda: tf.cond(v1.placeholder(tf.bool, []), lambda: 1.0, lambda: 2.0),
      True,
    ),
    (tf.function(lambda: tf.constant(1.0)), True),
    (
      lambda: tf.while_loop(
        lambda i: i < 3, lambda i: i + 1, [v1.placeholder(tf.int32, [])]
      ),
      True,
    ),
  ],
)
def test_graphs_that_call_functions(build, expected):
  """They are those with branches, loops and calls."""
  with tf.Graph().as_default() as graph:
    build()

  assert call_options.calls_functions(graph) is expected
