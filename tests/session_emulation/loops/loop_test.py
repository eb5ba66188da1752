"""Tests a loop over a program by itself: its values, its ends, its errors."""

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.loops import loop

v1 = tf.compat.v1


def _counting(session, step=1):
  """A global step, and what adds to it."""
  global_step = v1.train.get_or_create_global_step()
  counted = tf.identity(v1.assign_add(global_step, step))
  session.run(v1.global_variables_initializer())
  return global_step, counted


def _loop(session, fetches, make_sink, **arguments):
  with _tf.eager_mode():
    sink = make_sink([tensor.dtype.base_dtype for tensor in fetches])
  return loop.Loop(session, fetches, [], sink, **arguments)


def test_the_last_values_are_kept(session):
  """Those of the last of as many runs as were asked for."""
  _, counted = _counting(session)
  run = _loop(session, [counted, counted * 2], loop.LastValues)

  assert run(5) == (5, [5, 10], None)
  assert run(2) == (2, [7, 14], None)


def test_a_queue_keeps_all_values(session):
  """In the order of the runs."""
  _, counted = _counting(session)
  run = _loop(session, [counted], lambda dtypes: loop.Queue(dtypes, 8))
  result = run(4)

  assert [int(value) for (value,) in result.values] == [1, 2, 3, 4]


def test_a_step_that_counts_otherwise_ends_it(session):
  """Hooks go by the global step."""
  global_step, counted = _counting(session, step=2)
  run = _loop(session, [counted], loop.LastValues, global_step=global_step)

  assert run(5, 0).runs == 1


def test_an_error_comes_after_the_runs_before_it(session):
  """It is returned, with the values of the last run that was well."""
  _, counted = _counting(session)
  checked = v1.debugging.assert_less(counted, tf.constant(4, tf.int64))
  with tf.control_dependencies([checked]):
    value = tf.identity(counted)
  result = _loop(session, [value], loop.LastValues)(9)

  assert (result.runs, [int(v) for v in result.values]) == (3, [3])
  assert isinstance(result.error, tf.errors.InvalidArgumentError)


def test_a_step_that_lacks_a_value_is_an_error(session):
  """Two choices that do not fit: neither branch leads to what joins them."""
  _, counted = _counting(session)
  off, _ = tf.raw_ops.Switch(data=counted, pred=counted > 2)
  _, on = tf.raw_ops.Switch(data=counted, pred=counted > 4)
  joined, _ = tf.raw_ops.Merge(inputs=[off, on])
  result = _loop(session, [joined], loop.LastValues)(9)

  assert (result.runs, [int(v) for v in result.values]) == (2, [2])
  assert isinstance(result.error, tf.errors.InvalidArgumentError)
  assert result.error.op is joined.op


def test_a_nan_ends_it(session):
  """Of the losses, which are the last values."""
  _, counted = _counting(session)
  value = tf.where(counted < 3, 1.0, float('nan'))
  run = _loop(session, [value], loop.LastValues, losses=1)

  assert run(9).runs == 3
