"""Compares random numbers with those of a real Session."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import session as session_lib

v1 = tf.compat.v1

OPS = {
  'uniform': lambda shape: v1.random_uniform(shape, seed=3),
  'normal': lambda shape: v1.random_normal(shape, seed=3),
  'truncated normal': lambda shape: v1.truncated_normal(shape, seed=3),
  'integers': lambda shape: v1.random_uniform(
    shape, maxval=100, dtype=tf.int32, seed=3
  ),
  'half': lambda shape: v1.random_uniform(shape, dtype=tf.float16, seed=3),
  'dropout': lambda shape: v1.nn.dropout(tf.ones(shape), rate=0.5, seed=3),
}


def _draw(make_session, make_op, shape):
  """Three runs in three different fetch sets."""
  with tf.Graph().as_default() as graph:
    v1.set_random_seed(7)
    x = make_op(shape)
    y = x + 1
    z = tf.identity(x)
    with make_session(graph) as session:
      return session.run(x), session.run([x, y])[0], session.run([z, x])[1]


@pytest.mark.parametrize('shape', [[3], [40, 50]], ids=str)
@pytest.mark.parametrize('op', OPS)
def test_draws_are_those_of_a_session(op, shape):
  """To the bit, whatever else is fetched in the same run."""
  ours = _draw(session_lib.EmulatedSession, OPS[op], shape)
  theirs = _draw(lambda graph: v1.Session(graph=graph), OPS[op], shape)

  for one, other in zip(ours, theirs, strict=True):
    np.testing.assert_array_equal(one, other)


def test_branches_not_taken_draw_nothing():
  """The generator of a conditional op goes on only when it is run."""
  was = v1.control_flow_v2_enabled()
  v1.disable_control_flow_v2()

  def draw(make_session):
    with tf.Graph().as_default() as graph:
      v1.set_random_seed(7)
      taken = v1.placeholder(tf.bool, [])
      x = v1.cond(
        taken, lambda: v1.random_uniform([2], seed=3), lambda: tf.zeros([2])
      )
      with make_session(graph) as session:
        return [
          session.run(x, {taken: value}).tolist()
          for value in (True, False, False, True)
        ]

  try:
    ours = draw(session_lib.EmulatedSession)
    theirs = draw(lambda graph: v1.Session(graph=graph))
  finally:
    (v1.enable_control_flow_v2 if was else v1.disable_control_flow_v2)()

  assert ours == theirs


def test_unseeded_ops_differ_between_sessions():
  """Without any seed each session draws its own numbers."""
  with tf.Graph().as_default() as graph:
    x = v1.random_uniform([4])
    with (
      session_lib.EmulatedSession(graph) as first,
      session_lib.EmulatedSession(graph) as second,
    ):
      assert first.run(x).tolist() != second.run(x).tolist()


def test_loops_draw_too():
  """A random op inside a v1 while loop still works."""
  was = v1.control_flow_v2_enabled()
  v1.disable_control_flow_v2()
  try:
    with tf.Graph().as_default() as graph:
      v1.set_random_seed(7)
      _, total = v1.while_loop(
        lambda i, t: i < 3,
        lambda i, t: (i + 1, t + v1.random_uniform([], seed=3)),
        [0, 0.0],
      )
      with session_lib.EmulatedSession(graph) as session:
        assert 0 < session.run(total) < 3
  finally:
    (v1.enable_control_flow_v2 if was else v1.disable_control_flow_v2)()
