"""Checks the losses and specs that heads in the v1 protocol make."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import libraries
from tfcompat_estimator.heads import v1_protocol
from tfcompat_estimator.session_emulation.run import emulated_session

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


# What a derived head may hand on in the order of the reference, its logits too.
METRIC_ARGUMENTS = {
  'binary': (
    H.binary_logistic_head_with_sigmoid_cross_entropy_loss,
    'labels logits logistic class_ids weights unreduced_loss regularization_loss',
  ),
  'classes': (
    lambda: H.multi_class_head_with_softmax_cross_entropy_loss(3),
    'labels class_ids weights unreduced_loss regularization_loss',
  ),
  'numbers': (
    H.regression_head,
    'predicted_value labels weights unreduced_loss regularization_loss',
  ),
}


@pytest.mark.parametrize('name', METRIC_ARGUMENTS)
def test_metrics_take_their_arguments_in_the_order_of_the_reference(name):
  """They are those that are made of the same by name."""
  make, order = METRIC_ARGUMENTS[name]

  def values():
    numbers = tf.constant([[0.25], [1.0], [0.5]])
    of_each = dict.fromkeys(order.split(), numbers)
    of_each['labels'] = of_each['class_ids'] = tf.constant([[0.0], [1], [1]])
    of_each['weights'] = 1.0
    of_each['unreduced_loss'] = numbers * 2.0
    return {key: of_each[key] for key in order.split()}

  results = []
  for by_name in (False, True):
    with (
      tf.Graph().as_default() as graph,
      emulated_session.EmulatedSession(graph) as session,
    ):
      given = values() | {'regularization_loss': tf.constant(0.5)}
      make_metrics = make()._eval_metric_ops  # noqa: SLF001
      metrics = (
        make_metrics(**given) if by_name else make_metrics(*given.values())
      )
      session.run(v1.local_variables_initializer())
      session.run([update for _, update in metrics.values()])
      results.append(session.run({k: v for k, (v, _) in metrics.items()}))

  assert results[0] == results[1]
  assert results[0]['average_loss'] == pytest.approx(3.5 / 3)
  assert results[0]['regularization_loss'] == 0.5
