"""Asks of graphs whether a write comes between a tensor and who takes it."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import precedence
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def variable():
  v1.disable_control_flow_v2()
  with tf.Graph().as_default():
    yield v1.get_variable('v', initializer=1.0, use_resource=False)
  v1.enable_control_flow_v2()


def after(before, make):
  with tf.control_dependencies([before]):
    return make()


def come_between(tensor, taker, fed=()):
  """Whether one of the graph's writes, all of them Assigns, does."""
  nodes = {node.name: node for node in tensor.graph.as_graph_def().node}
  writers = {n: {'v'} for n, node in nodes.items() if node.op == 'Assign'}
  writes = precedence.Writes(nodes, writers, fed=[t.name for t in fed])
  return writes.come_between(tensor.name, nodes[taker.op.name], {'v'})


def test_a_write_that_is_ordered_between(variable):
  """Only if who takes the tensor waits for it, and the tensor did not."""
  read = tf.identity(variable)
  write = v1.assign(variable, 2.0)
  later = after(write, lambda: tf.identity(variable))

  assert not come_between(read, read * 2.0)
  assert come_between(read, after(write, lambda: read * 2.0))
  assert not come_between(later, after(write, lambda: later * 2.0))


def test_what_is_fed_comes_after_no_write(variable):
  """What takes it does not, either, but what waits for it otherwise does."""
  write = v1.assign(variable, 2.0)
  chosen = after(write, lambda: tf.constant(True))
  written = v1.cond(chosen, lambda: tf.identity(variable), lambda: 3.0)
  read = tf.identity(variable)
  taker = after(write, lambda: written * 2.0)

  assert not come_between(written, taker)
  assert come_between(written, taker, [chosen])
  assert come_between(read, after(chosen, lambda: read * 2.0), [chosen])
  assert not come_between(read, read * written, [written])


@pytest.mark.parametrize('same', [True, False])
def test_a_write_in_a_branch(variable, same):
  """The other branch hands on a value that the write does not come after."""
  chosen = v1.placeholder(tf.bool, [])
  other = chosen if same else v1.placeholder(tf.bool, [])

  def write():
    return after(v1.assign(variable, 2.0), lambda: tf.constant(3.0))

  written = v1.cond(chosen, write, lambda: tf.constant(4.0))
  merged = v1.cond(
    other,
    lambda: after(written, lambda: tf.constant(5.0)),
    lambda: tf.identity(variable),
  )

  taker = after(written, lambda: merged * 2.0)
  assert come_between(merged, taker) != same


def test_a_branch_whose_choice_or_value_is_fed(variable):
  """It may be taken when another branch of the same choice writes."""
  found = []
  chosen = v1.placeholder(tf.bool, [])
  other = tf.identity(chosen)

  def write():
    return after(v1.assign(variable, 2.0), lambda: tf.constant(3.0))

  def hand_out():
    found.append(tf.constant(4.0) + 0.0)
    return found[0]

  def read_late():
    found.append(after(written, lambda: variable * 2.0))
    return found[1]

  written = v1.cond(chosen, write, hand_out)
  v1.cond(other, lambda: tf.constant(1.0), read_late)
  inner, late = found
  read = tf.identity(variable)
  taker = after(written, lambda: read * inner)

  assert not come_between(read, taker)
  assert come_between(read, taker, [inner])
  assert not come_between(late.op.inputs[0], late)
  assert come_between(late.op.inputs[0], late, [other])


def test_a_write_of_an_earlier_iteration(variable):
  """It comes between what is taken into a loop and what the loop computes.

  But not after what this iteration computes, if that waits for the earlier one.
  """
  found = []

  def body(i, j):
    entered = tf.raw_ops.Identity(input=variable.value())
    early = tf.raw_ops.Identity(input=entered) * tf.cast(i, tf.float32)
    late = tf.raw_ops.Identity(input=entered) * j
    found.extend([entered, early, late])
    written = v1.assign(variable, late)
    return i + 1, after(written, lambda: j + 1.0)

  v1.while_loop(lambda i, _: i < 3, body, [0, 1.0], parallel_iterations=2)
  entered, early, late = found

  assert come_between(entered.op.inputs[0], late)
  assert not come_between(early.op.inputs[0], early)
  assert come_between(late.op.inputs[0], late)


def test_a_read_that_waits_for_no_earlier_iteration(variable):
  """One iteration at a time writes all the same before the next one reads."""
  found = []

  def body(element):
    found.append(tf.identity(variable) + 1.0)
    return v1.assign(variable, found[0]) * element

  result = v1.map_fn(body, tf.constant([1.0, 10.0]), parallel_iterations=1)

  read = found[0].op.inputs[0]
  assert come_between(read.op.inputs[0], read)
  assert not come_between(read, found[0])
  with emulated_session.EmulatedSession() as session:
    session.run(variable.initializer)
    assert session.run(result).tolist() == [2, 30]
    assert session.run(result).tolist() == [4, 50]


@pytest.mark.parametrize('same', [True, False])
def test_a_choice_that_a_branch_of_the_same_iteration_writes(variable, same):
  """Each choice is made once, where an iteration waits for the one before."""
  found = []

  def body(i, x):
    chosen = tf.identity(variable) > 1.0
    other = chosen if same else tf.identity(variable) > 2.0

    def write():
      return after(v1.assign(variable, 2.0), lambda: x * 2.0)

    written = v1.cond(chosen, write, lambda: tf.constant(4.0))
    taken = v1.cond(
      other,
      lambda: after(written, lambda: x + 1.0),
      lambda: tf.identity(variable),
    )
    found.extend([taken, after(written, lambda: taken * 2.0)])
    return after(written, lambda: i + 1), written

  v1.while_loop(lambda i, _: i < 3, body, [0, 1.0], parallel_iterations=1)

  assert come_between(*found) != same


def test_writes_of_a_loop_that_has_ended(variable):
  """They do not come after it, where each iteration waits for them."""

  def body(i):
    return after(v1.assign(variable, 2.0), lambda: i + 1)

  count = v1.while_loop(lambda i: i < 3, body, [0], parallel_iterations=1)
  later = after(count, lambda: tf.identity(variable))

  assert not come_between(later, after(count, lambda: later * 2.0))
