"""Has logits and labels, and gives heads those that they refuse."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

# Logits of one class, and of three.
LOGIT = np.array([[0.5], [-1.0], [2.0]], np.float32)
LOGITS = np.array([[0.5, 1, 2], [-1, 0, 1], [2, 0, 0.1]], np.float32)
# Labels of two classes, and of three.
ZERO_ONE = np.array([[1], [0], [1]])
IDS = np.array([[0], [2], [1]])


def each_row(table, given='make'):
  """Has a test run with `given`, the `error` and the `message` of each row."""
  return pytest.mark.parametrize(
    f'{given}, error, message', table.values(), ids=table
  )


def refuses_arguments(table):
  """Makes a test of rows: a head that is made, the error, its message."""

  @each_row(table)
  def test(make, error, message):
    """A head with a wrong argument is refused at once."""
    with pytest.raises(error, match=message):
      make()

  return test


def accepts_arguments(table):
  """Makes a test of rows: a head, something that it gives, what that is."""

  @pytest.mark.eager
  @pytest.mark.parametrize('make, observe, expected', table.values(), ids=table)
  def test(make, observe, expected):
    """What the reference accepts makes a head that does what it is asked."""
    assert observe(make()) == expected

  return test


def refuses_labels(table):
  """Makes a test of rows: the arguments of `check_refused` before `eager`."""

  @pytest.mark.eager
  @pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
  @pytest.mark.parametrize('case', table.values(), ids=table)
  def test(case, eager):
    """They are refused by name: in a graph maybe when it runs, eagerly at once."""
    check_refused(*case, eager)

  return test


def sparse(values):
  """Makes a function of sparse labels."""
  return lambda: tf.SparseTensor([[0, 0], [1, 0]], values, [3, 2])


def check_refused(make, labels, logits, error, message, eager, features=()):
  """Checks that a loss raises: 'late' is when a graph runs, eagerly at once."""
  if error == 'late':
    error = ValueError if eager else tf.errors.InvalidArgumentError

  with pytest.raises(error, match=message):
    loss(make(), labels, logits, eager, features)


def loss(head, labels, logits, eager, features=()):
  """The loss of a head, computed eagerly or in a graph."""

  def make():
    return head.loss(
      labels=_tensors(labels),
      logits=tf.constant(logits),
      features={k: tf.constant(v) for k, v in dict(features).items()},
    )

  if eager:
    return make().numpy()
  with tf.Graph().as_default() as graph:
    fetch = make()
    initializer = v1.tables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initializer)
      return session.run(fetch)


def eager_loss(head, labels):
  """The loss of logits of one class."""
  return loss(head, labels, LOGIT, eager=True)


def _tensors(labels):
  if isinstance(labels, dict):
    return {key: tf.constant(value) for key, value in labels.items()}
  if labels is None or callable(labels):
    return labels and labels()
  return tf.constant(labels)
