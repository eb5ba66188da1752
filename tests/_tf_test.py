"""Tests what stands beside the imports: the shorter way to call a function."""

import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import compiled_function

FLOAT = tf.TensorSpec([], tf.float32)


def _function(body, *specs):
  return tf.function(body, autograph=False).get_concrete_function(*specs)


@pytest.mark.eager
def test_a_tape_sees_the_call():
  """The gradient is that of the function."""
  square = _function(lambda x: [tf.square(x)], FLOAT)
  x = tf.constant(3.0)
  with tf.GradientTape() as tape:
    tape.watch(x)
    (y,) = _tf.call_flat(square, [x])

  assert tape.gradient(y, x).numpy() == 6.0


@pytest.mark.eager
def test_a_call_within_a_function_is_a_part_of_it():
  """Its outputs are those of the graph that is made."""
  square = _function(lambda x: [tf.square(x)], FLOAT)
  outer = _function(lambda x: _tf.call_flat(square, [x]), FLOAT)

  assert outer(tf.constant(3.0))[0].numpy() == 9.0


@pytest.mark.eager
def test_an_error_names_the_operation():
  """As one of the public call does, and where it was made."""

  def look(x):
    return [tf.debugging.check_numerics(x, 'bad', name='looked_at')]

  checked = _function(look, FLOAT)

  with pytest.raises(
    tf.errors.InvalidArgumentError, match='Detected at node looked_at'
  ):
    _tf.call_flat(checked, [tf.constant(float('nan'))])


@pytest.mark.eager
def test_a_handle_that_is_returned_tells_of_its_variable():
  """Functions that capture it know the shape."""
  variable = tf.Variable([1.0, 2.0])
  same = compiled_function.compile_body(
    lambda _, handles: [tf.identity(handles[0])], [], [variable.handle]
  )
  (handle,) = _tf.call_flat(same, [variable.handle])
  read = _function(
    lambda: tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)
  )

  assert read.outputs[0].shape == [2]
