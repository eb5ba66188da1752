"""Checks the number of classes, and labels that are out of range."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import given, libraries
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
H = libraries.HEADS


@pytest.mark.parametrize('in_graph', [False, True])
@pytest.mark.parametrize('dtype', [tf.int32, tf.int64])
@pytest.mark.parametrize(
  'make', [H.MultiClassHead, H.MultiLabelHead], ids=lambda made: made.__name__
)
def test_number_of_classes_in_a_tensor(make, dtype, in_graph):
  """A constant is as good as its value, in eager mode and in a graph."""
  if in_graph:
    with tf.Graph().as_default():
      head = make(tf.constant(3, dtype))
  else:
    head = make(tf.constant(3, dtype))

  assert head.logits_dimension == 3
  assert not tf.is_tensor(head.logits_dimension)


def test_a_number_of_classes_that_is_not_known_yet():
  """A tensor that has to run first is refused by name."""
  with tf.Graph().as_default(), pytest.raises(ValueError, match='n_classes'):
    H.MultiClassHead(v1.placeholder(tf.int32, []))


@pytest.mark.parametrize('label', [1.5, -0.25, 7.0])
@pytest.mark.parametrize('mode', ['train', 'eval'])
def test_float_labels_outside_0_to_1(label, mode):
  """The graph is built; running its loss is an InvalidArgumentError."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    labels = v1.placeholder_with_default(np.float32([[0.5], [label]]), None)
    spec = H.BinaryClassHead().create_estimator_spec(
      {},
      mode,
      tf.constant([[0.0], [1.0]]),
      labels,
      train_op_fn=lambda loss: loss,
    )

  with (
    emulated_session.EmulatedSession(graph) as sess,
    pytest.raises(tf.errors.InvalidArgumentError, match='Labels must be'),
  ):
    sess.run(spec.loss)


@pytest.mark.eager
def test_float_labels_inside_0_to_1():
  """Probabilities are labels: the loss is the cross entropy."""
  loss = H.BinaryClassHead().loss(tf.constant([[0.25]]), tf.constant([[0.0]]))

  assert loss.numpy() == pytest.approx(np.log(2.0))


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'no labels': (
    H.BinaryClassHead,
    None,
    given.LOGIT,
    ValueError,
    'You must provide a labels Tensor. Given: None',
  ),
}


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
