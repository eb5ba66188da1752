"""Checks what heads of one task refuse when they make specs and predictions."""

import pytest
import tensorflow as tf
import tf_keras

from tests.heads import given, libraries

v1 = tf.compat.v1
H = libraries.HEADS
SGD = tf_keras.optimizers.legacy.SGD

TRAINING = {
  'nothing to train by': (
    {},
    ValueError,
    'train_op_fn and optimizer cannot both be None',
  ),
  'two things to train by': (
    {'optimizer': 'x', 'train_op_fn': lambda loss: loss},
    ValueError,
    'train_op_fn and optimizer cannot both be set',
  ),
  'no variables': (
    {'optimizer': SGD(0.1)},
    ValueError,
    'trainable_variables cannot be None. Given None',
  ),
  'a variable in no list': (
    {'optimizer': SGD(0.1), 'trainable_variables': tf.Variable(1.0)},
    ValueError,
    'trainable_variables should be a list or a tuple',
  ),
  'an optimizer of v1': (
    {
      'optimizer': v1.train.GradientDescentOptimizer(0.1),
      'trainable_variables': [],
    },
    ValueError,
    'The given optimizer is not a tf.keras.optimizers.Optimizer instance',
  ),
  'train_op_fn that makes nothing': (
    {'train_op_fn': lambda loss: None},
    ValueError,
    'Missing train_op',
  ),
  'update_ops is no list': (
    {'train_op_fn': lambda loss: loss, 'update_ops': 5},
    ValueError,
    'update_ops should be a list or a tuple',
  ),
}


@given.each_row(TRAINING, 'arguments')
def test_training_spec(arguments, error, message):
  """The arguments that make the train op are checked."""
  with tf.Graph().as_default(), pytest.raises(error, match=message):
    H.BinaryClassHead().create_estimator_spec(
      features={},
      mode='train',
      logits=tf.constant(given.LOGIT),
      labels=tf.constant(given.ZERO_ONE),
      **arguments,
    )


@pytest.mark.parametrize('keys', [['nothing'], ['top_k'], 'logits', [('a',)]])
def test_prediction_keys(keys):
  """Unknown keys of predictions are refused."""
  with pytest.raises(ValueError, match='must be'):
    H.MultiClassHead(3).predictions(tf.constant(given.LOGITS), keys=keys)
