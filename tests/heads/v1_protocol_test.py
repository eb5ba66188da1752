"""Checks the losses and specs that heads in the v1 protocol make."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import libraries
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


@pytest.mark.parametrize('mode', ['train', 'eval', 'infer'])
def test_a_spec_has_what_its_mode_needs(mode):
  """Training has a train op, evaluation has metrics, prediction has exports."""
  with tf.Graph().as_default():
    spec = H.regression_head(name='n').create_estimator_spec(
      features={},
      mode=mode,
      logits=tf.constant(LOGITS),
      labels=None if mode == 'infer' else tf.constant(COUNTS),
      train_op_fn=lambda loss: tf.no_op(),
    )

  assert (spec.train_op is not None) == (mode == 'train')
  assert ('average_loss/n' in spec.eval_metric_ops) == (mode == 'eval')
  assert ('predict' in (spec.export_outputs or {})) == (mode == 'infer')
