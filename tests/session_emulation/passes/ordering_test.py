"""Checks that reads and input come before the writes of a run."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


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


@pytest.fixture
def old_control_flow():
  """Branches and loops of TF 1, as after disable_v2_behavior."""
  v1.disable_control_flow_v2()
  yield
  v1.enable_control_flow_v2()


def input_in_branch(iterator, variable):
  """Only the branch that is not taken reads the input."""
  del variable
  return v1.cond(
    tf.constant(False), iterator.get_next, lambda: tf.constant(7, tf.int64)
  )


def named_input_in_branch(iterator, variable):
  """So it does by the name of the iterator."""
  del variable
  named = lambda: v1.data.Iterator.from_string_handle(  # noqa: E731
    iterator.string_handle(), tf.int64, []
  )
  return v1.cond(
    tf.constant(False),
    lambda: named().get_next(),
    lambda: tf.constant(7, tf.int64),
  )


def write_in_loop(iterator, variable):
  """A variable that has to stay a reference is written in a loop."""

  def body(number):
    with tf.control_dependencies([v1.assign_add(variable, 1.0)]):
      return number + 1

  left = tf.raw_ops.RefSelect(index=0, inputs=[variable.op.outputs[0]])
  count = v1.while_loop(lambda number: number < 3, body, [0])
  with tf.control_dependencies([count, left]):
    return iterator.get_next()


def input_in_loop(iterator, variable):
  """A loop reads the input, and what follows writes."""
  del variable

  def body(number):
    with tf.control_dependencies([number]):
      return iterator.get_next()

  start = tf.constant(0, tf.int64)
  return v1.while_loop(lambda n: n < 1, body, [start], maximum_iterations=2)


@pytest.mark.parametrize(
  ('program', 'use_resource'),
  [
    (input_in_branch, False),
    (input_in_branch, True),
    (named_input_in_branch, True),
    (input_in_loop, False),
    (input_in_loop, True),
    (write_in_loop, False),
  ],
)
def test_writes_wait_for_no_input_in_branches_and_loops(
  old_control_flow, program, use_resource
):
  """Who waits for an input that is not read does not run, and says nothing."""
  del old_control_flow
  with tf.Graph().as_default():
    variable = v1.get_variable('v', initializer=0.0, use_resource=use_resource)
    iterator = v1.data.make_initializable_iterator(tf.data.Dataset.range(9))
    result = program(iterator, variable)
    with tf.control_dependencies([result]):
      update = v1.assign_add(variable, 10.0)
    init = [variable.initializer, iterator.initializer]

    def values(session):
      session.run(init)
      return [*session.run([result, update]), session.run(variable)]

    with v1.Session() as session:
      expected = values(session)
    with emulated_session.EmulatedSession() as session:
      assert values(session) == expected
