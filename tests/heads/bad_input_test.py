"""Checks what heads refuse: the exception's type, and what it names."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.heads import bad_input
from tfcompat_estimator.session_emulation.run import session

v1 = tf.compat.v1


LOGITS = np.array([[0.5, 1, 2], [-1, 0, 1], [2, 0, 0.1]], np.float32)


IDS = np.array([[0], [2], [1]])


def _sparse(values):
  return lambda: tf.SparseTensor([[0, 0], [1, 0]], values, [3, 2])


# Head, labels, logits, error in a graph, error when run eagerly, message.
LABELS = {
  '242': (
    bad_input.Binary,
    2 * bad_input.ZERO_ONE,
    bad_input.LOGIT,
    'late',
    'Labels must be <=',
  ),
  '243': (
    bad_input.Binary,
    -bad_input.ZERO_ONE,
    bad_input.LOGIT,
    'late',
    'Labels must be >= 0',
  ),
  '244': (
    lambda: bad_input.Multi(3),
    IDS + 1,
    LOGITS,
    'late',
    'Labels must be <=',
  ),
  '245': (
    lambda: bad_input.Multi(3),
    IDS - 1,
    LOGITS,
    'late',
    'Labels must be >= 0',
  ),
  '248': (
    bad_input.Binary,
    bad_input.ZERO_ONE.astype(str),
    bad_input.LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  '249': (
    lambda: bad_input.Multi(3),
    IDS.astype(str),
    LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  '251': (
    lambda: bad_input.Binary(label_vocabulary=['a', 'b']),
    bad_input.ZERO_ONE,
    bad_input.LOGIT,
    TypeError,
    'keys',
  ),
  '252': (
    lambda: bad_input.Binary(label_vocabulary=['a', 'b']),
    np.array([['a'], ['z'], ['b']]),
    bad_input.LOGIT,
    'late',
    'Labels must be >= 0',
  ),
  '255': (
    lambda: bad_input.Multi(3),
    1.0 * IDS,
    LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  '257': (
    bad_input.Binary,
    np.ones((3, 2)),
    bad_input.LOGIT,
    ValueError,
    'Mismatched label shape. Expected labels dimension=1',
  ),
  '258': (
    lambda: bad_input.Multi(3),
    np.ones((3, 2), int),
    LOGITS,
    ValueError,
    'Mismatched label shape',
  ),
  '259': (
    bad_input.H.RegressionHead,
    np.ones((3, 2)),
    bad_input.LOGIT,
    ValueError,
    'Mismatched label shape',
  ),
  '260': (
    lambda: bad_input.H.RegressionHead(2),
    np.ones(3),
    LOGITS[:, :2],
    ValueError,
    'Expected labels dimension=2. Received 1',
  ),
  '262': (
    bad_input.H.RegressionHead,
    bad_input.ZERO_ONE.astype(str),
    bad_input.LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  '263': (
    bad_input.Binary,
    None,
    bad_input.LOGIT,
    ValueError,
    'You must provide a labels Tensor. Given: None',
  ),
  '272': (
    bad_input.Binary,
    bad_input.ZERO_ONE[:2],
    bad_input.LOGIT,
    ValueError,
    'shape',
  ),
  '275': (
    lambda: bad_input.Label(3),
    2 * np.eye(3, dtype=int),
    LOGITS,
    'late',
    r'labels must be an integer indicator Tensor with values in \[0, 1\]',
  ),
  '277': (
    lambda: bad_input.Label(3),
    _sparse([0, 5]),
    LOGITS,
    'late',
    r'labels must be an integer SparseTensor with values in \[0, 3\)',
  ),
  '278': (
    lambda: bad_input.H.MultiHead([bad_input.Binary(name='a')]),
    bad_input.ZERO_ONE,
    bad_input.LOGIT,
    ValueError,
    'labels must be a dict',
  ),
  '279': (
    lambda: bad_input.H.MultiHead(
      [bad_input.Binary(name='a'), bad_input.Binary(name='b')]
    ),
    {'a': bad_input.ZERO_ONE},
    LOGITS[:, :2],
    ValueError,
    r"labels has missing values for head\(s\): \['b'\]",
  ),
  '281': (
    bad_input.H.LogisticRegressionHead,
    1.5 * bad_input.ZERO_ONE,
    bad_input.LOGIT,
    'late',
    r'Labels must be in range \[0, 1\]',
  ),
  '401': (
    bad_input.Binary,
    bad_input.ZERO_ONE,
    LOGITS[:1, :2],
    ValueError,
    r'logits shape must be \[D0, D1, ... DN, logits_dimension\], got \(1, 2\)',
  ),
  'sparse labels of one class': (
    bad_input.Binary,
    _sparse([0, 1]),
    bad_input.LOGIT,
    ValueError,
    'SparseTensor labels are not supported',
  ),
  'sparse names without vocabulary': (
    lambda: bad_input.Label(3),
    _sparse(['a', 'b']),
    LOGITS,
    TypeError,
    'label_vocabulary',
  ),
  'ids with vocabulary': (
    lambda: bad_input.Multi(3, label_vocabulary=['a', 'b', 'c']),
    IDS,
    LOGITS,
    ValueError,
    'Labels dtype should be string if there is a vocabulary',
  ),
  'logits of one axis': (
    bad_input.Binary,
    bad_input.ZERO_ONE,
    bad_input.LOGIT[:, 0],
    ValueError,
    'logits shape must be',
  ),
  'logits of all heads too wide': (
    lambda: bad_input.H.MultiHead([bad_input.Binary(name='a')]),
    {'a': bad_input.ZERO_ONE},
    LOGITS,
    ValueError,
    'Could not split logits',
  ),
  'loss_fn of a wrong shape': (
    lambda: bad_input.Binary(
      loss_fn=lambda labels, logits: logits[:, 0] + 0.0 * labels
    ),
    bad_input.ZERO_ONE,
    bad_input.LOGIT,
    'late',
    'loss_fn must return Tensor of shape',
  ),
}


def _tensors(labels):
  if isinstance(labels, dict):
    return {key: tf.constant(value) for key, value in labels.items()}
  if labels is None or callable(labels):
    return labels and labels()
  return tf.constant(labels)


@pytest.mark.eager
@pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
@pytest.mark.parametrize('case', LABELS.values(), ids=LABELS)
def test_labels_and_logits(case, eager):
  """Wrong labels are refused: 'late' when a graph runs, eagerly at once."""
  make, labels, logits, error, message = case
  if error == 'late':
    error = ValueError if eager else tf.errors.InvalidArgumentError

  def loss():
    return make().loss(
      labels=_tensors(labels), logits=tf.constant(logits), features={}
    )

  with pytest.raises(error, match=message):
    _value(loss, eager)


def _value(loss, eager):
  if eager:
    return loss().numpy()
  with tf.Graph().as_default() as graph:
    return _run(graph, loss())


def _run(graph, fetch):
  with graph.as_default():
    initializer = v1.tables_initializer()
  with session.EmulatedSession(graph) as sess:
    sess.run(initializer)
    return sess.run(fetch)


WEIGHTS = {
  '235': (None, ValueError, 'Feature w is not in features dictionary'),
  '236': (
    np.array([['a']] * 3),
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  '237': (np.array([1.0, 2.0, 3.0]), None, ''),
  '238': (np.ones((3, 3)), 'late', 'weights shape must be'),
  '239': (-np.ones((3, 1)), None, ''),
  'integers': (np.array([[1], [2], [3]]), None, ''),
  'one weight': (np.array(2.0), ValueError, 'cannot have rank 0'),
  'another batch': (np.ones((2, 1)), ValueError, 'shape'),
}


@pytest.mark.eager
@pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
@pytest.mark.parametrize(
  'weights, error, message', WEIGHTS.values(), ids=WEIGHTS
)
def test_weights(weights, error, message, eager):
  """Weights of a wrong shape or type are refused, others multiply losses."""
  if error == 'late':
    error = ValueError if eager else tf.errors.InvalidArgumentError

  def loss():
    features = {} if weights is None else {'w': tf.constant(weights)}
    return bad_input.Binary(weight_column='w').loss(
      labels=tf.constant(bad_input.ZERO_ONE),
      logits=tf.constant(bad_input.LOGIT),
      features=features,
    )

  if error:
    with pytest.raises(error, match=message):
      _value(loss, eager)
  else:
    each = np.log1p(
      np.exp(
        -np.where(bad_input.ZERO_ONE == 1, bad_input.LOGIT, -bad_input.LOGIT)
      )
    )
    expected = np.mean(each * np.reshape(weights, (3, 1)))
    assert _value(loss, eager) == pytest.approx(expected, rel=1e-6)


SGD = tf_keras.optimizers.legacy.SGD


TRAIN = {
  '402': ({}, ValueError, 'train_op_fn and optimizer cannot both be None'),
  '403': (
    {'optimizer': 'x', 'train_op_fn': lambda loss: loss},
    ValueError,
    'train_op_fn and optimizer cannot both be set',
  ),
  '404': (
    {'optimizer': SGD(0.1)},
    ValueError,
    'trainable_variables cannot be None. Given None',
  ),
  '405': (
    {'optimizer': SGD(0.1), 'trainable_variables': tf.Variable(1.0)},
    ValueError,
    'trainable_variables should be a list or a tuple',
  ),
  '406': (
    {
      'optimizer': v1.train.GradientDescentOptimizer(0.1),
      'trainable_variables': [],
    },
    ValueError,
    'The given optimizer is not a tf.keras.optimizers.Optimizer instance',
  ),
  '407': ({'train_op_fn': lambda loss: None}, ValueError, 'Missing train_op'),
  'update_ops is no list': (
    {'train_op_fn': lambda loss: loss, 'update_ops': 5},
    ValueError,
    'update_ops should be a list or a tuple',
  ),
}


@pytest.mark.parametrize('arguments, error, message', TRAIN.values(), ids=TRAIN)
def test_create_estimator_spec_in_training(arguments, error, message):
  """The arguments that make the train op are checked."""
  with tf.Graph().as_default(), pytest.raises(error, match=message):
    bad_input.Binary().create_estimator_spec(
      features={},
      mode='train',
      logits=tf.constant(bad_input.LOGIT),
      labels=tf.constant(bad_input.ZERO_ONE),
      **arguments,
    )


def test_features_that_are_no_dict():
  """A weight column cannot be read from a tensor (probe 408)."""
  with (
    tf.Graph().as_default(),
    pytest.raises(ValueError, match='Feature w is not in features dictionary'),
  ):
    bad_input.Binary(weight_column='w').create_estimator_spec(
      features=tf.constant(bad_input.LOGIT),
      mode='eval',
      logits=tf.constant(bad_input.LOGIT),
      labels=tf.constant(bad_input.ZERO_ONE),
    )


@pytest.mark.parametrize('keys', [['nothing'], ['top_k'], 'logits', [('a',)]])
def test_prediction_keys(keys):
  """Unknown keys of predictions are refused."""
  with pytest.raises(ValueError, match='must be'):
    bad_input.Multi(3).predictions(tf.constant(LOGITS), keys=keys)
