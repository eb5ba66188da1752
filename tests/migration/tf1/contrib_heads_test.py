"""Tests heads by the functions of `tf.contrib.estimator`."""

import numpy as np
import pytest
import tensorflow as tf

from tests.migration.tf1 import beside
from tfcompat_estimator.heads import regression
from tfcompat_estimator.migration.tf1 import contrib_heads
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
LOGITS = np.array([[2.0], [-1.0]], np.float32)
LABELS = np.array([[1], [0]])
HEADS = {
  'binary': (contrib_heads.binary_classification_head, LOGITS, LABELS),
  'logistic': (contrib_heads.logistic_regression_head, LOGITS, LABELS * 1.0),
  'regression': (contrib_heads.regression_head, LOGITS, LABELS * 1.0),
  'poisson': (contrib_heads.poisson_regression_head, LOGITS, LABELS * 1.0),
  'classes': (
    lambda **given: contrib_heads.multi_class_head(3, **given),
    np.eye(2, 3, dtype=np.float32),
    LABELS,
  ),
  'labels': (
    lambda **given: contrib_heads.multi_label_head(2, **given),
    np.eye(2, dtype=np.float32),
    np.array([[1, 0], [1, 1]]),
  ),
}


@pytest.mark.parametrize('name', HEADS)
def test_losses_are_means(name):
  """Half of what the sum over two examples is."""
  make, logits, labels = HEADS[name]

  def loss(**given):
    with tf.Graph().as_default() as graph:
      made = make(**given).create_loss({}, 'eval', logits, tf.constant(labels))
      with emulated_session.EmulatedSession(graph) as session:
        return session.run(made[0])

  total = loss(loss_reduction=v1.losses.Reduction.SUM)
  np.testing.assert_allclose(loss(), total / 2, 1e-6)


def test_several_heads_in_each_mode():
  """Losses, metrics, predictions and signatures are those of 1.15."""
  beside.check_part('several_heads', 'legacy')


def test_several_heads_of_both_kinds():
  """Public heads of tf.estimator may be among them; one optimizer for all."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    weight = v1.get_variable('weight', [], initializer=v1.ones_initializer())
    spec = contrib_heads.multi_head(
      [
        contrib_heads.regression_head(name='a'),
        regression.RegressionHead(name='b'),
      ]
    ).create_estimator_spec(
      {},
      'train',
      weight * tf.ones([2, 2]),
      {'a': tf.zeros([2, 1]), 'b': tf.constant([[1.0], [3.0]])},
      optimizer=v1.train.GradientDescentOptimizer(0.5),
    )
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      loss, _ = session.run((spec.loss, spec.train_op))
      step = session.run(v1.train.get_global_step())
      trained = session.run(weight)

  np.testing.assert_allclose(loss, 1.0 + 2.0)
  assert step == 1
  np.testing.assert_allclose(trained, 1.0)


@pytest.mark.parametrize(
  ('heads', 'weights', 'message'),
  [
    ([], None, 'Must specify heads'),
    ([contrib_heads.regression_head()], None, 'must have name'),
    ([contrib_heads.regression_head(name='a')], [1, 2], 'the same size'),
  ],
)
def test_several_heads_that_do_not_go_together(heads, weights, message):
  """An error says why."""
  with pytest.raises(ValueError, match=message):
    contrib_heads.multi_head(heads, weights)


@pytest.mark.parametrize(
  ('labels', 'arguments', 'message'),
  [
    ([1], {}, 'labels must be a dict'),
    ({'a': [[1.0]]}, {}, 'both be None'),
    (
      {'a': [[1.0]]},
      {'optimizer': 1, 'train_op_fn': tf.identity},
      'both be set',
    ),
  ],
)
def test_specs_of_several_heads_that_cannot_be(labels, arguments, message):
  """An error says which argument."""
  head = contrib_heads.multi_head([contrib_heads.regression_head(name='a')])
  with tf.Graph().as_default(), pytest.raises(ValueError, match=message):
    head.create_estimator_spec(
      {}, 'train', tf.zeros([1, 1]), labels, **arguments
    )


def test_what_is_not_served():
  """An error says what to use."""
  with pytest.raises(ValueError, match='classes_for_class_based_metrics'):
    contrib_heads.multi_label_head(2, classes_for_class_based_metrics=[0])
