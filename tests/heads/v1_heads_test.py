"""Checks what is peculiar to the heads of the v1 estimators."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import given, libraries
from tfcompat_estimator.canned.networks import families

v1 = tf.compat.v1
H = libraries.HEADS
LOGITS = np.array([[0.5], [-1.0], [2.0]], np.float32)
COUNTS = np.array([[1.0], [0.0], [3.0]], np.float32)


@pytest.mark.parametrize('n_classes, width', [(2, 1), (3, 3), (7, 7)])
def test_head_for_a_number_of_classes(n_classes, width):
  """Two classes take one logit, more take one each."""
  head = families.V1.classifier_head(n_classes, None, None, 'weighted_sum')

  assert head.logits_dimension == width
  assert head.name is None


LIKE_PUBLIC = {
  'poisson': (
    lambda: H.poisson_regression_head(loss_reduction='weighted_mean'),
    H.PoissonRegressionHead,
    COUNTS,
  ),
  'logistic': (
    lambda: H.logistic_regression_head(loss_reduction='weighted_mean'),
    H.LogisticRegressionHead,
    COUNTS / 3.0,
  ),
  'multi-label': (
    lambda: H.multi_label_head(2, loss_reduction='weighted_mean'),
    lambda: H.MultiLabelHead(2),
    np.array([[1, 0], [0, 1], [1, 1]]),
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize(
  'make, public, labels', LIKE_PUBLIC.values(), ids=LIKE_PUBLIC
)
def test_further_heads_are_the_public_ones(make, public, labels):
  """Their mean loss is that of the public head of the same task."""
  logits = tf.constant(np.tile(LOGITS, [1, labels.shape[-1]]))
  labels = tf.constant(labels)

  spec = make().create_loss({}, 'train', logits, labels)

  expected = public().loss(labels, logits)
  assert spec.training_loss.numpy() == pytest.approx(expected.numpy())


def test_public_heads_take_no_v1_optimizer_but_a_train_op_fn():
  """That is how v1 estimators train public heads."""
  with tf.Graph().as_default():
    optimizer = v1.train.GradientDescentOptimizer(0.1)
    variable = v1.get_variable('v', initializer=LOGITS, use_resource=True)
    spec = H.RegressionHead().create_estimator_spec(
      features={},
      mode='train',
      logits=tf.identity(variable),
      labels=tf.constant(COUNTS),
      train_op_fn=optimizer.minimize,
    )

  assert spec.train_op.name.startswith('training/')


REFUSED_ARGUMENTS = {
  'vocabulary in one str': (
    lambda: H.binary_logistic_head_with_sigmoid_cross_entropy_loss(
      label_vocabulary='ab'
    ),
    TypeError,
    'label_vocabulary should be a list or tuple',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'vocabulary shorter than classes': (
    lambda: H.multi_class_head_with_softmax_cross_entropy_loss(
      3, label_vocabulary=['a']
    ),
    lambda head: head.logits_dimension,
    3,
  ),
}


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)
