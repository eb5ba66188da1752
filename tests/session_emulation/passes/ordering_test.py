"""Checks that reads and input come before the writes of a run."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def session():
  """A session of a default graph."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    yield session


def test_a_run_shows_what_was_there_before_it(session):
  """However often, and whatever is made of the read."""
  variable = v1.get_variable('v', initializer=0.0, use_resource=True)
  summary = tf.identity(variable.read_value() * 10.0)
  update = tf.group(*[variable.assign_add(1.0) for _ in range(3)])
  session.run(variable.initializer)

  seen = [session.run([summary, variable, update])[:2] for _ in range(20)]

  assert seen == [[30.0 * n, 3.0 * n] for n in range(20)]


def test_a_read_that_the_program_orders_stays_where_it_is(session):
  """Control dependencies count more."""
  variable = v1.get_variable('v', initializer=0.0, use_resource=True)
  with tf.control_dependencies([variable.assign_add(1.0, read_value=False)]):
    after = variable.read_value()
  session.run(variable.initializer)

  assert [session.run([after, variable]) for _ in range(5)] == [
    [1.0 + n, float(n)] for n in range(5)
  ]


def test_the_run_in_which_input_ends_writes_nothing(session):
  """Though the write does not depend on the input."""
  element = v1.data.make_one_shot_iterator(tf.data.Dataset.range(2)).get_next()
  count = v1.get_variable('count', initializer=0, use_resource=True)
  advance = count.assign_add(1, read_value=False)
  session.run(count.initializer)
  session.run([element, advance])
  session.run([element, advance])
  with pytest.raises(tf.errors.OutOfRangeError):
    session.run([element, advance])

  assert session.run(count) == 2
