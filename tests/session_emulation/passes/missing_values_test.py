"""Runs graphs whose variables have no value yet: as in a Session, that is an error."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def after(before, make):
  with tf.control_dependencies([before]):
    return make()


def in_branch(v, p):
  return v1.cond(p, lambda: v * 2.0, lambda: tf.zeros([2]))


def in_two_branches(v, p):
  """The inner one is in a function where control flow is TF 2's."""
  return v1.cond(
    p,
    lambda: v1.cond(p, lambda: tf.reduce_sum(v), lambda: 0.0),
    lambda: 7.0,
  )


def in_loop(v, p):
  limit = tf.where(p, 2, 0)
  return v1.while_loop(
    lambda i, x: i < limit, lambda i, x: (i + 1, x + v), [0, tf.zeros([2])]
  )[1]


def looked_up_in_branch(v, p):
  return v1.cond(p, lambda: tf.gather(v, [1]), lambda: tf.zeros([1]))


def updated_in_branch(v, p):
  update = lambda: after(v1.assign_add(v, [1.0, 1.0]), lambda: 5.0)  # noqa: E731
  return v1.cond(p, update, lambda: 7.0)


def in_function(v, p):
  return tf.function(lambda p: in_branch(v, p), autograph=False)(p)


def after_a_write(v, p):
  """Nothing reads it before; whether it has a value shows late."""
  write = v1.cond(p, lambda: tf.zeros([2]), lambda: v1.assign(v, [5.0, 6.0]))
  return after(write, v.read_value)


def after_its_initializer(v, p):
  return after(v.initializer, lambda: v.read_value() * tf.cast(p, tf.float32))


def updated(v, p):
  return after(p, lambda: v1.assign_add(v, [1.0, 1.0]))


def looked_up(v, p):
  """Of no rows, which an empty tensor has, too."""
  none = tf.boolean_mask(tf.constant([1]), tf.reshape(p, [1]) & False)
  return tf.gather(v, none)


def counted(v, p):
  """It has to be known what is counted."""
  count = v1.get_variable(
    'count', initializer=0, use_resource=hasattr(v, 'handle')
  )
  return after(p, lambda: v1.count_up_to(count, 9)) + 0


def trained(v, p):
  optimizer = v1.train.GradientDescentOptimizer(1.0)
  update = after(p, lambda: optimizer.apply_gradients([(tf.ones([2]), v)]))
  return after(update, lambda: tf.constant(1.0))


PROGRAMS = (
  in_branch,
  in_two_branches,
  in_loop,
  looked_up_in_branch,
  updated_in_branch,
  in_function,
  after_a_write,
  after_its_initializer,
  updated,
  looked_up,
  counted,
  trained,
)
CASES = [
  (build, is_new, use_resource)
  for build in PROGRAMS
  for is_new in (False, True)
  for use_resource in (False, True)
  if use_resource or not is_new or build in PROGRAMS[:4]
  if use_resource or build is not in_function
]


@pytest.mark.parametrize(('build', 'is_new', 'use_resource'), CASES)
def test_it_is_an_error_to_need_the_value(build, is_new, use_resource):
  """Run by run, where it is needed and where it is not, before and after."""
  switch = v1.enable_control_flow_v2 if is_new else v1.disable_control_flow_v2
  switch()
  try:
    with tf.Graph().as_default() as graph:
      v = v1.get_variable(
        'v', initializer=[1.0, 2.0], use_resource=use_resource
      )
      p = v1.placeholder_with_default(True, [])
      result = build(v, p)
  finally:
    v1.enable_control_flow_v2()

  def value(session, feeds):
    try:
      return session.run(result, feeds).tolist()
    except tf.errors.OpError as error:
      return type(error)

  def values(session):
    before = [value(session, {}), value(session, {p: False})]
    session.run(v.initializer)
    return [*before, value(session, {})]

  with v1.Session(graph=graph) as session:
    expected = values(session)
  with emulated_session.EmulatedSession(graph) as session:
    assert values(session) == expected


def test_the_error_names_the_variable():
  """And where the program needs it."""
  with tf.Graph().as_default() as graph:
    v = v1.get_variable('weights', initializer=[1.0], use_resource=False)
    update = after(tf.constant(1.0), lambda: v1.assign_add(v, [1.0]))
  with (
    emulated_session.EmulatedSession(graph) as session,
    pytest.raises(
      tf.errors.FailedPreconditionError, match='uninitialized value weights'
    ) as raised,
  ):
    session.run(update)

  assert raised.value.op is update.op
