"""Checks what is peculiar to the heads of the v1 estimators."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import libraries
from tfcompat_estimator.canned import family
from tfcompat_estimator.heads import v1_protocol

v1 = tf.compat.v1
H = libraries.HEADS
LOGITS = np.array([[0.5], [-1.0], [2.0]], np.float32)
COUNTS = np.array([[1.0], [0.0], [3.0]], np.float32)
WEIGHTS = np.array([[1.0], [0.0], [3.0]], np.float32)


@pytest.mark.eager
def test_create_loss():
  """The parts of the loss are told apart; by default it is a sum."""
  head = H.regression_head(weight_column='w')

  spec = head.create_loss(
    features={'w': tf.constant(WEIGHTS)},
    mode='train',
    logits=tf.constant(LOGITS),
    labels=tf.constant([1, 0, 3]),
  )

  assert isinstance(spec, v1_protocol.LossSpec)
  squares = np.square(LOGITS - COUNTS)
  np.testing.assert_allclose(spec.unreduced_loss, squares, rtol=1e-6)
  np.testing.assert_array_equal(spec.weights, WEIGHTS)
  np.testing.assert_array_equal(spec.processed_labels, COUNTS)
  assert spec.training_loss.numpy() == pytest.approx((squares * WEIGHTS).sum())


REDUCTIONS = {'weighted_sum': True, 'weighted_mean': False}


@pytest.mark.parametrize('reduction, expected', REDUCTIONS.items())
def test_average_loss_is_a_summary_beside_a_sum(reduction, expected):
  """Where the loss is a mean itself, there is no other tag for it."""
  with tf.Graph().as_default():
    H.regression_head(loss_reduction=reduction).create_estimator_spec(
      features={},
      mode='train',
      logits=tf.constant(LOGITS),
      labels=tf.constant(COUNTS),
      train_op_fn=lambda loss: loss,
    )
    tags = [t.op.name for t in v1.get_collection(v1.GraphKeys.SUMMARIES)]

  assert tags == (['loss', 'average_loss'] if expected else ['loss'])


@pytest.mark.parametrize('n_classes, width', [(2, 1), (3, 3), (7, 7)])
def test_head_for_a_number_of_classes(n_classes, width):
  """Two classes take one logit, more take one each."""
  head = family.V1.classifier_head(n_classes, None, None, 'weighted_sum')

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
