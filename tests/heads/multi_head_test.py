"""Checks how MultiHead joins heads."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.heads import given, libraries
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
H = libraries.HEADS
LOGITS = np.array([[0.0, 1.0], [0.0, 3.0]], np.float32)
LABELS = {'a': np.array([[1], [0]]), 'b': np.zeros([2, 1], np.float32)}


def joined(**arguments):
  return H.MultiHead(
    [H.BinaryClassHead(name='a'), H.RegressionHead(name='b')], **arguments
  )


def test_properties():
  """Names are joined, dimensions added, the reduction is common."""
  head = joined()

  assert (head.name, head.logits_dimension) == ('a_b', 2)
  assert head.loss_reduction == 'sum_over_batch_size'


@pytest.mark.eager
@pytest.mark.parametrize(
  'weights, expected',
  [
    (None, np.log(2.0) + 5.0),
    ([2.0, 0.5], 2.0 * np.log(2.0) + 2.5),
    ([0, 0], 0.0),
    ([], np.log(2.0) + 5.0),
  ],
)
def test_loss_is_the_weighted_sum(weights, expected):
  """Each head's loss counts by its weight."""
  labels = {key: tf.constant(value) for key, value in LABELS.items()}

  loss = joined(head_weights=weights).loss(labels, tf.constant(LOGITS))

  assert loss.numpy() == pytest.approx(expected)


@pytest.mark.eager
def test_a_nested_multi_head():
  """A MultiHead has a name, so it may be one of the heads."""
  nested = H.MultiHead([joined(), H.BinaryClassHead(name='c')])
  labels = {
    'a_b': {key: tf.constant(value) for key, value in LABELS.items()},
    'c': tf.constant([[1], [1]]),
  }

  loss = nested.loss(labels, tf.constant(np.pad(LOGITS, [(0, 0), (0, 1)])))

  assert nested.name == 'a_b_c'
  assert loss.numpy() == pytest.approx(2.0 * np.log(2.0) + 5.0)


@pytest.mark.eager
def test_chosen_predictions():
  """Keys are pairs of a head's name and a prediction's."""
  head = joined()

  chosen = head.predictions(tf.constant(LOGITS), keys=[('b', 'predictions')])

  assert list(chosen) == [('b', 'predictions')]
  np.testing.assert_array_equal(chosen['b', 'predictions'], LOGITS[:, 1:])
  with pytest.raises(ValueError, match='Prediction key must be'):
    head.predictions(tf.constant(LOGITS), keys=['predictions'])


def test_logits_without_static_width_are_split():
  """The width of the logits may show only when they run."""
  with tf.Graph().as_default() as graph:
    logits = v1.placeholder_with_default(LOGITS, [None, None])
    predictions = joined().predictions(logits)

  with emulated_session.EmulatedSession(graph) as sess:
    value = sess.run(predictions['b', 'predictions'])
  np.testing.assert_array_equal(value, LOGITS[:, 1:])


def test_one_optimizer_trains_all_heads():
  """The merged loss is minimized, under a scope after those of the heads."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    variable = v1.get_variable('v', initializer=LOGITS, use_resource=True)
    spec = joined(head_weights=[0.0, 1.0]).create_estimator_spec(
      features={},
      mode='train',
      logits=tf.identity(variable),
      labels={key: tf.constant(value) for key, value in LABELS.items()},
      optimizer=tf_keras.optimizers.legacy.SGD(1.0),
      trainable_variables=[variable],
    )
    names = [each.name for each in v1.global_variables()]
    initializer = v1.global_variables_initializer()

  assert 'training_2/SGD/learning_rate:0' in names
  with emulated_session.EmulatedSession(graph) as sess:
    sess.run(initializer)
    sess.run(spec.train_op)
    # The gradient of the mean square of two logits is the logit itself.
    np.testing.assert_allclose(sess.run(variable), 0.0, atol=1e-6)


def test_heads_of_different_reductions():
  """They are joined, predict and evaluate; training has no common reduction."""
  head = H.MultiHead(
    [
      H.BinaryClassHead(name='a', loss_reduction='sum'),
      H.RegressionHead(name='b'),
    ]
  )

  def spec(mode, **arguments):
    labels = {key: tf.constant(value) for key, value in LABELS.items()}
    return head.create_estimator_spec(
      {}, mode, tf.constant(LOGITS), labels, **arguments
    )

  with tf.Graph().as_default():
    v1.train.create_global_step()
    assert ('a', 'logits') in spec('infer').predictions
    assert 'loss/b' in spec('eval').eval_metric_ops
    with pytest.raises(ValueError, match=r'must be the same.*sum'):
      spec('train', train_op_fn=tf.identity)


REFUSED_ARGUMENTS = {
  'no heads': (
    lambda: H.MultiHead([]),
    ValueError,
    r'Must specify heads. Given: \[\]',
  ),
  'head without a name': (
    lambda: H.MultiHead([H.BinaryClassHead()]),
    ValueError,
    'All given heads must have name specified',
  ),
  'more weights than heads': (
    lambda: H.MultiHead([H.BinaryClassHead(name='a')], head_weights=[1, 2]),
    ValueError,
    'heads and head_weights must have the same size',
  ),
  'reductions differ': (
    lambda: (
      H.MultiHead(
        [
          H.BinaryClassHead(name='a', loss_reduction='sum'),
          H.BinaryClassHead(name='b'),
        ]
      ).loss_reduction
    ),
    ValueError,
    'loss_reduction must be the same',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'two heads of one name': (
    lambda: H.MultiHead(
      [H.BinaryClassHead(name='a'), H.BinaryClassHead(name='a')]
    ),
    lambda head: (head.name, head.logits_dimension),
    ('a_a', 2),
  ),
}


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'labels in no dict': (
    lambda: H.MultiHead([H.BinaryClassHead(name='a')]),
    given.ZERO_ONE,
    given.LOGIT,
    ValueError,
    'labels must be a dict',
  ),
  'labels of one head missing': (
    lambda: H.MultiHead(
      [H.BinaryClassHead(name='a'), H.BinaryClassHead(name='b')]
    ),
    {'a': given.ZERO_ONE},
    given.LOGITS[:, :2],
    ValueError,
    r"labels has missing values for head\(s\): \['b'\]",
  ),
  'logits of all heads too wide': (
    lambda: H.MultiHead([H.BinaryClassHead(name='a')]),
    {'a': given.ZERO_ONE},
    given.LOGITS,
    ValueError,
    'Could not split logits',
  ),
}


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
