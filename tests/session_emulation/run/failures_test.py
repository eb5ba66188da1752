"""Checks that errors tell which operation failed, and where it was made."""

import re

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config
from tfcompat_estimator.session_emulation.run import emulated_session, failures

v1 = tf.compat.v1


def numbers():
  """The last of 200 numbers is too great for the models below."""
  return tf.data.Dataset.from_tensor_slices(np.arange(1.0, 201, dtype='f'))


def checked(number):
  """The number, if it is below 200."""
  with tf.control_dependencies([v1.assert_less(number, 200.0)]):
    return tf.reshape(number, [1])


def shaped(number):
  """The number; the shape it is given does not fit 200."""
  size = tf.cast(number, tf.int32) // 200 + 1
  return tf.reshape(number, [size], name='shaped')


def shaped_by_function(number):
  """The same, in a function of the graph."""
  return tf.function(shaped)(number)


def fail(body, mode, model_dir):
  """The error of a model that computes `body` of its features."""

  def model_fn(features, labels, mode):
    weight = v1.get_variable('weight', [], initializer=tf.zeros_initializer())
    number = tf.ensure_shape(features, [])
    predictions = body(number)
    loss = tf.reduce_sum(predictions * weight)
    step = v1.train.get_global_step()
    train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
    return estimator_specs.EstimatorSpec(mode, predictions, loss, train_op)

  estimator = base_estimator.Estimator(
    model_fn, model_dir, run_config.RunConfig(save_summary_steps=0)
  )
  run = {
    'train': estimator.train,
    'eval': estimator.evaluate,
    'infer': lambda input_fn: list(estimator.predict(input_fn)),
  }[mode]
  with pytest.raises(tf.errors.InvalidArgumentError) as caught:
    run(numbers)
  return caught.value


@pytest.mark.parametrize('fused', ['0', '1'])
@pytest.mark.parametrize('mode', ['train', 'eval', 'infer'])
@pytest.mark.usefixtures('fused_from_the_second_run_on')
def test_line(mode, fused, model_dir, monkeypatch):
  """The error has the operation and names the line of the program."""
  monkeypatch.setenv('TFCOMPAT_FUSED_STEPS', fused)

  error = fail(shaped, mode, model_dir)

  assert error.op.name == error.node_def.name == 'shaped'
  text = str(error)
  assert re.search(
    r"at .*failures_test.py:\d+ in shaped: .*name='shaped'", text
  )
  assert "'shaped' (Reshape)" in text
  assert 'stack traces unavailable' not in text
  assert 'requested shape has 2' in text


# TF 1's conditions are no functions.
@pytest.mark.parametrize(
  'body', [pytest.param(checked, marks=pytest.mark.eager), shaped_by_function]
)
def test_inner_operations(body, model_dir):
  """Where the name is that of a node in a function no line is named."""

  def twice(number):
    v1.Assert(True, [''], name='Assert')
    return body(tf.reshape(number, [], name='shaped'))

  error = fail(twice, 'train', model_dir)

  assert error.op is None
  assert error.message


def test_cause_stays():
  """An error that has a cause keeps it."""
  with tf.Graph().as_default() as graph:
    value = v1.FIFOQueue(1, tf.float32).dequeue()
  options = v1.RunOptions(timeout_in_ms=100)
  with (
    emulated_session.EmulatedSession(graph) as session,
    pytest.raises(tf.errors.DeadlineExceededError) as caught,
  ):
    session.run(value, options=options)

  assert isinstance(caught.value.__cause__, tf.errors.CancelledError)


def test_other_errors():
  """An error of which nothing is known stays as it is."""
  for error in (
    ValueError('{{node a}}'),
    tf.errors.InternalError(None, None, 'no name'),
    tf.errors.InternalError(None, None, '{{node other}}'),
    tf.errors.OpError(None, None, '{{node a}}', 13),
  ):
    with tf.Graph().as_default() as graph:
      tf.no_op('a')
    assert failures.located(graph, [], error) is error
