"""Checks what a session says to be uninitialized."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.opening import readiness
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def session():
  """A session of a default graph with a global step and a local variable."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    v1.get_variable(
      'local', initializer=1.0, collections=[v1.GraphKeys.LOCAL_VARIABLES]
    )
    with emulated_session.EmulatedSession(graph) as session:
      yield session


def asked(scaffold):
  ready = readiness.Readiness(scaffold)
  ready.finalize()
  return ready


# How a graph holds variables that are not asked for one by one.
KINDS = {
  'resources': lambda: None,
  'references': lambda: v1.get_variable(
    'old', initializer=1.0, use_resource=False, trainable=False
  ),
}


@pytest.mark.parametrize('kind', KINDS)
def test_variables_are_named_until_they_have_values(session, kind):
  """Local ones count only at the end."""
  KINDS[kind]()
  init_op = v1.global_variables_initializer()
  local_init_op = v1.local_variables_initializer()
  ready = asked(v1.train.Scaffold(init_op=init_op, local_init_op=local_init_op))
  assert 'global_step' in ready.before_local_init(session)
  session.run(init_op)
  assert ready.before_local_init(session) is None
  assert ready.after_init(session) == 'Variables not initialized: local.'
  session.run(local_init_op)

  assert ready.after_init(session) is None


def test_the_default_question_is_not_even_built(session):
  """Its hundred operations would cost more than a short training."""
  before = len(session.graph.get_operations())
  asked(v1.train.Scaffold(init_op=tf.no_op(), local_init_op=tf.no_op()))
  made = session.graph.get_operations()[before:]

  assert not [op for op in made if op.type == 'VarIsInitializedOp']


@pytest.mark.parametrize(
  'names, said',
  [([], None), (['a', 'b'], 'Variables not initialized: a, b.')],
)
def test_a_question_of_the_user_s_own_is_asked(session, names, said):
  """Its answer counts, whatever the variables are."""
  scaffold = v1.train.Scaffold(ready_op=tf.constant(names, tf.string))

  assert asked(scaffold).after_init(session) == said


def test_a_question_that_fails_is_an_answer(session):
  """An operation may raise FailedPreconditionError instead."""
  missing = v1.get_variable('missing', initializer=1.0)
  scaffold = v1.train.Scaffold(ready_op=tf.identity(missing, 'question'))

  assert 'question' in asked(scaffold).after_init(session)
