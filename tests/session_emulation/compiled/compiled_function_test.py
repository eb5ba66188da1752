"""Checks functions that take the resources of a session as arguments."""

import gc
import threading
import weakref

import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.compiled import compiled_function


def add(inputs, handles):
  """Adds an input to a variable, and returns what it is then."""
  (handle,) = handles
  added = tf.raw_ops.AssignAddVariableOp(resource=handle, value=inputs[0])
  with tf.control_dependencies([added]):
    return [tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)]


def made_of(variable, **kwargs):
  """A function over a variable, and how often it was compiled."""
  compiled = []

  def make():
    compiled.append(True)
    return compiled_function.compile_body(
      add, [tf.TensorSpec([], tf.float32)], [variable.handle]
    )

  function = compiled_function.Function(make, [variable.handle], **kwargs)
  return function, compiled


@pytest.mark.eager
def test_it_is_compiled_at_its_first_call_only():
  """Also if threads call it at once."""
  variable = tf.Variable(0.0)
  function, compiled = made_of(variable)
  assert not compiled
  assert not function.is_compiled
  threads = [
    threading.Thread(target=lambda: function(tf.constant(1.0)))
    for _ in range(4)
  ]
  for thread in threads:
    thread.start()
  for thread in threads:
    thread.join()

  assert len(compiled) == 1
  assert function.is_compiled
  assert variable.numpy() == 4.0


@pytest.mark.eager
def test_the_same_key_is_the_same_function_of_other_resources():
  """That is how sessions share functions."""
  one, two = tf.Variable(0.0), tf.Variable(10.0)
  first, _ = made_of(one, key=b'compiled_function_test')
  second, compiled = made_of(two, key=b'compiled_function_test')
  first(tf.constant(1.0))
  (result,) = second(tf.constant(1.0))

  assert not compiled
  assert result.numpy() == 11.0
  assert one.numpy() == 1.0


@pytest.mark.eager
def test_a_function_does_not_hold_on_to_resources():
  """Once they are released, nothing keeps the variable."""
  variable = tf.Variable(0.0)
  function, _ = made_of(variable)
  function(tf.constant(1.0))
  gone = weakref.ref(variable)
  function.release()
  del variable, function
  gc.collect()

  assert gone() is None


@pytest.mark.eager
def test_its_turn_is_held_during_a_call():
  """Others wait for it."""
  turn = threading.Lock()
  function, _ = made_of(tf.Variable(0.0), turn=turn)
  function(tf.constant(1.0))
  turn.acquire()
  thread = threading.Thread(target=lambda: function(tf.constant(1.0)))
  thread.start()
  thread.join(0.2)
  assert thread.is_alive()
  turn.release()
  thread.join(20)

  assert not thread.is_alive()


def test_it_is_built_outside_of_the_program_s_graph():
  """A graph that a program is building is left as it is."""
  with _tf.eager_mode():
    variable = tf.Variable(0.0)
  with tf.Graph().as_default() as graph:
    function, _ = made_of(variable)
    with _tf.eager_mode():
      function(tf.constant(1.0))

    assert not graph.get_operations()
