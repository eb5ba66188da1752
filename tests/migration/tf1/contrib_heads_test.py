"""Tests heads by the functions of `tf.contrib.estimator`."""

import numpy as np
import pytest
import tensorflow as tf

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


def test_several_heads_and_what_is_not_served():
  """Heads go together by their names."""
  heads = [contrib_heads.regression_head(name=name) for name in 'ab']

  assert contrib_heads.multi_head(heads).logits_dimension == 2
  with pytest.raises(ValueError, match='classes_for_class_based_metrics'):
    contrib_heads.multi_label_head(2, classes_for_class_based_metrics=[0])
