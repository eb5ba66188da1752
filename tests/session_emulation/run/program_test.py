"""Checks the functions that a session makes of what is fed and fetched."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def test_one_function_for_the_same_fetches(session):
  """Other fetches, targets or feeds have another one."""
  a = tf.constant(1.0, name='a')
  b = tf.negative(a, name='b')
  first = session.function([b], [])

  assert session.function([b], []) is first
  assert session.function([b, a], []) is not first
  assert session.function([b], [a.op]) is not first


def test_reads_show_the_step_before_a_write(session):
  """So do reads of variables that are fetched beside an update."""
  step = v1.get_variable('step', initializer=0, use_resource=True)
  advance = step.assign_add(1, read_value=False)
  session.run(v1.global_variables_initializer())

  assert [session.run([step, advance])[0] for _ in range(3)] == [0, 1, 2]
  assert session.run(step) == 3


@pytest.mark.parametrize('fetch', ['alone', 'with others'])
def test_a_variable_without_a_value_is_named(session, fetch):
  """Once it has one, it is read."""
  variable = v1.get_variable('empty', initializer=[1.0], use_resource=True)
  read = variable if fetch == 'alone' else variable * 2.0
  with pytest.raises(tf.errors.FailedPreconditionError, match='empty'):
    session.run(read)
  session.run(variable.initializer)

  assert session.run(read) == (1.0 if fetch == 'alone' else 2.0)


def test_targets_run_though_nothing_is_fetched(session):
  """All of them, in one run."""
  variables = [
    v1.get_variable(name, initializer=0, use_resource=True) for name in 'ab'
  ]
  session.run(v1.global_variables_initializer())
  session.run([v.assign_add(1, read_value=False) for v in variables])

  assert session.run(variables) == [1, 1]


def test_a_closed_session_lets_go_of_its_resources(session):
  """Its functions are of no use then."""
  variable = v1.get_variable('v', initializer=np.ones(3), use_resource=True)
  session.run(variable.initializer)
  function = session.function([variable + 1.0], [])
  assert function.handles
  session.close()

  assert not function.handles
  with pytest.raises(RuntimeError, match='closed'):
    session.run(variable)


def test_what_is_in_a_branch_that_is_not_taken_has_no_value():
  """To fetch it is an error, as in a Session; what joins branches has one."""
  with tf.Graph().as_default() as graph:
    taken = v1.placeholder_with_default(True, [])
    count = v1.get_variable('count', initializer=0.0, use_resource=True)
    off, on = tf.raw_ops.Switch(data=tf.constant([5.0]), pred=taken)
    doubled = on * 2.0
    with tf.control_dependencies([doubled]):
      add = count.assign_add(1.0, read_value=False)
    joined, _ = tf.raw_ops.Merge(inputs=[doubled, off])
    runs = [
      (fetches, {taken: is_taken})
      for is_taken in (True, False)
      for fetches in (on, off, doubled, joined, [joined, doubled], add, count)
    ]

  def result(session, fetches, feeds):
    try:
      return session.run(fetches, feeds)
    except tf.errors.InvalidArgumentError as error:
      return error.op, 'does not have value' in error.message

  def results(session):
    session.run(count.initializer)
    return [result(session, *run) for run in runs]

  with v1.Session(graph=graph) as session:
    expected = results(session)
  with emulated_session.EmulatedSession(graph) as session:
    actual = results(session)

  lacking = [
    (number, run[0]) for number, run in enumerate(actual) if type(run) is tuple
  ]
  assert lacking == [(1, off.op), (7, on.op), (9, doubled.op), (11, doubled.op)]
  assert [*map(str, expected)] == [
    str((None, True)) if type(run) is tuple else str(run) for run in actual
  ]


@pytest.mark.parametrize(
  'value', [3, 'a', True, 2.0, [1.0, 2.0], np.zeros([0], 'f')], ids=repr
)
def test_what_two_choices_leave_without_a_value_is_an_error(value):
  """An empty vector of float32 is a value as well, where there is one."""
  with tf.Graph().as_default() as graph:
    p, q = (v1.placeholder(tf.bool, []) for _ in range(2))
    off, _ = tf.raw_ops.Switch(data=tf.constant(value), pred=p)
    _, on = tf.raw_ops.Switch(data=tf.constant(value), pred=q)
    joined, _ = tf.raw_ops.Merge(inputs=[off, on])
    of_any_shape = v1.placeholder_with_default(joined, None)

  def seen(session, *feeds):
    try:
      values = session.run([joined, of_any_shape], {p: feeds[0], q: feeds[1]})
      return str(values)
    except tf.errors.InvalidArgumentError as error:
      return 'does not have value' in error.message

  choices = [(False, False), (True, True), (True, False)]
  with v1.Session(graph=graph) as session:
    expected = [seen(session, *each) for each in choices]
  with emulated_session.EmulatedSession(graph) as session:
    assert [seen(session, *each) for each in choices] == expected
  assert expected[2] is True


@pytest.mark.parametrize(
  'is_new, is_fetched, count',
  [(False, True, 2), (False, False, 1), (True, True, 1), (True, False, 1)],
)
def test_what_only_a_branch_takes_runs_as_in_a_session(
  is_new, is_fetched, count
):
  """A constant choice: what joins branches of TF 1 stays where it is fetched."""
  calls = []

  def call():
    calls.append(None)
    return np.int64(len(calls))

  switch = v1.enable_control_flow_v2 if is_new else v1.disable_control_flow_v2
  switch()
  try:
    with tf.Graph().as_default() as graph:
      called = tf.reshape(v1.py_func(call, [], tf.int64), [])
      input_ = v1.data.make_one_shot_iterator(tf.data.Dataset.range(9))
      element = input_.get_next()
      drawn = tf.random.uniform([], 0, 1000, tf.int64, seed=3)
      shuffled = tf.random.shuffle(tf.range(9, dtype=tf.int64), seed=3)[0]
      chosen = v1.cond(
        tf.constant(2) > 3,
        lambda: called + element + drawn + shuffled,
        lambda: tf.constant(7, tf.int64),
      )
      if not is_fetched:
        chosen *= 2
  finally:
    v1.enable_control_flow_v2()

  def values(session):
    calls.clear()
    fetches = (chosen, [called, element, drawn, shuffled])
    return [session.run(fetch) for fetch in fetches]

  with v1.Session(graph=graph) as session:
    expected = values(session)
  with emulated_session.EmulatedSession(graph) as session:
    assert values(session) == expected
  assert expected[1][:2] == [count, count - 1]
