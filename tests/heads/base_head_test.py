"""Checks what all heads share: names, dimensions, and a user's own head."""

import inspect

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.heads import given, libraries
from tfcompat_estimator.heads import base_head
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
H = libraries.HEADS

PUBLIC = {
  'BinaryClassHead': (H.BinaryClassHead(name='n'), 1),
  'MultiClassHead': (H.MultiClassHead(3, name='n'), 3),
  'MultiLabelHead': (H.MultiLabelHead(4, name='n'), 4),
  'RegressionHead': (H.RegressionHead(2, name='n'), 2),
  'PoissonRegressionHead': (H.PoissonRegressionHead(name='n'), 1),
  'LogisticRegressionHead': (H.LogisticRegressionHead(name='n'), 1),
}


@pytest.mark.parametrize('head, width', PUBLIC.values(), ids=PUBLIC)
def test_properties(head, width):
  """Each head tells its name, its width, and the mean as its reduction."""
  assert isinstance(head, base_head.Head)
  assert head.name == 'n'
  assert head.logits_dimension == width
  assert head.loss_reduction == 'sum_over_batch_size'


def test_kinds_of_regression_are_regression_heads():
  """Programs tell heads apart with isinstance."""
  for kind in (H.PoissonRegressionHead(), H.LogisticRegressionHead()):
    assert isinstance(kind, H.RegressionHead)


SIGNATURES = {
  'BinaryClassHead': (
    'weight_column thresholds label_vocabulary loss_reduction loss_fn name'
  ),
  'MultiClassHead': (
    'n_classes weight_column label_vocabulary loss_reduction loss_fn name'
  ),
  'MultiLabelHead': (
    'n_classes weight_column thresholds label_vocabulary loss_reduction '
    'loss_fn classes_for_class_based_metrics name'
  ),
  'RegressionHead': (
    'label_dimension weight_column loss_reduction loss_fn inverse_link_fn name'
  ),
  'PoissonRegressionHead': (
    'label_dimension weight_column loss_reduction compute_full_loss name'
  ),
  'LogisticRegressionHead': 'weight_column loss_reduction name',
  'MultiHead': 'heads head_weights',
  'SequentialHeadWrapper': 'static_head sequence_length_mask feature_columns',
}


@pytest.mark.parametrize('name', SIGNATURES)
def test_constructor_arguments(name):
  """Arguments have the names and the order that programs rely on."""
  signature = inspect.signature(getattr(H, name))

  assert ' '.join(signature.parameters) == SIGNATURES[name]


class AbsoluteErrorHead(base_head.Head):
  """A head as users write them: only what is abstract."""

  name = 'mine'
  logits_dimension = 1
  loss_reduction = tf_keras.losses.Reduction.SUM_OVER_BATCH_SIZE

  def loss(self, labels, logits, **_):
    return tf.reduce_mean(tf.abs(labels - logits))

  def predictions(self, logits, keys=None):
    return {'value': logits}

  def metrics(self, regularization_losses=None):
    return {'bias': tf_keras.metrics.Mean(name='bias')}

  def update_metrics(self, eval_metrics, features, logits, labels, **_):
    eval_metrics['bias'].update_state(logits - labels)
    return eval_metrics


def spec_of(head, mode, **arguments):
  return head.create_estimator_spec(
    features={},
    mode=mode,
    logits=tf.constant([[1.0], [4.0]]),
    labels=tf.constant([[0.0], [1.0]]),
    **arguments,
  )


def test_a_head_of_the_user_makes_every_spec():
  """The abstract members suffice for `create_estimator_spec`."""
  with tf.Graph().as_default() as graph:
    evaluation = spec_of(AbsoluteErrorHead(), 'eval')
    serving = spec_of(AbsoluteErrorHead(), 'infer')
    training = spec_of(
      AbsoluteErrorHead(), 'train', train_op_fn=lambda loss: loss * 10.0
    )
    bias, update = evaluation.eval_metric_ops['bias']
    tags = [t.op.name for t in v1.get_collection(v1.GraphKeys.SUMMARIES)]
    initializer = v1.local_variables_initializer()

  assert list(serving.export_outputs) == ['serving_default']
  assert tags == ['loss/mine']
  with emulated_session.EmulatedSession(graph) as sess:
    sess.run(initializer)
    sess.run(update)
    assert sess.run([bias, evaluation.loss, training.train_op]) == [2, 2, 20]


@pytest.mark.eager
def test_a_head_of_the_user_in_a_multi_head():
  """It is joined with ours, and its numbers count."""
  joined = H.MultiHead([AbsoluteErrorHead(), H.RegressionHead(name='ours')])
  logits = tf.constant([[1.0, 3.0], [4.0, 3.0]])
  labels = {'mine': tf.constant([[0.0], [1.0]]), 'ours': tf.ones([2, 1])}

  metrics = joined.metrics()
  joined.update_metrics(metrics, features={}, logits=logits, labels=labels)

  values = {key: metric.result().numpy() for key, metric in metrics.items()}
  assert values['loss/mine'] == values['bias'] == 2.0
  assert values['loss/ours'] == values['average_loss/ours'] == 4.0
  assert joined.loss(labels, logits).numpy() == 6.0


@pytest.mark.parametrize('rank', [1, 2])
def test_weights_of_unknown_rank(rank):
  """Weights whose rank shows only at run time may lack the last axis."""
  weights = np.array([1.0, 2.0, 3.0], np.float32).reshape(
    [3] + [1] * (rank - 1)
  )
  with tf.Graph().as_default() as graph:
    unknown = v1.placeholder_with_default(weights, shape=None)
    loss = H.RegressionHead(weight_column='w').loss(
      tf.zeros([3, 1]), tf.constant([[1.0], [2.0], [3.0]]), {'w': unknown}
    )

  with emulated_session.EmulatedSession(graph) as sess:
    assert sess.run(loss) == pytest.approx((1 + 2 * 4 + 3 * 9) / 3)


def test_logits_of_unknown_shape_are_checked_when_they_run():
  """A wrong last axis that shows at run time is an InvalidArgumentError."""
  with tf.Graph().as_default() as graph:
    logits = v1.placeholder_with_default(np.ones([2, 3], np.float32), None)
    predictions = H.BinaryClassHead().predictions(logits)

  with (
    emulated_session.EmulatedSession(graph) as sess,
    pytest.raises(tf.errors.InvalidArgumentError, match='logits shape must'),
  ):
    sess.run(predictions['probabilities'])


def test_loss_fn_gets_what_it_names():
  """A loss function may take the features and the reduction by name."""
  got = {}

  def loss_fn(labels, logits, features, loss_reduction):
    got.update(features=features, loss_reduction=loss_reduction)
    return labels - logits

  head = H.BinaryClassHead(loss_fn=loss_fn, loss_reduction='sum')
  head.loss(tf.constant([[1]]), tf.constant([[0.0]]), {'x': 1})

  assert got == {'features': {'x': 1}, 'loss_reduction': 'sum'}


REFUSED_ARGUMENTS = {
  'the abstract class': (base_head.Head, TypeError, 'abstract class'),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)
