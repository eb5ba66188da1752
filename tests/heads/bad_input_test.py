"""Checks what heads refuse: the exception's type, and what it names."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.heads import libraries
from tfcompat_estimator.heads import head as head_lib
from tfcompat_estimator.session_emulation.run import session

v1 = tf.compat.v1
H = libraries.HEADS
Binary, Multi, Label = H.BinaryClassHead, H.MultiClassHead, H.MultiLabelHead

LOGIT = np.array([[0.5], [-1.0], [2.0]], np.float32)
LOGITS = np.array([[0.5, 1, 2], [-1, 0, 1], [2, 0, 0.1]], np.float32)
ZERO_ONE = np.array([[1], [0], [1]])
IDS = np.array([[0], [2], [1]])

# The numbers are those of the contract's probes (behaviours.md, E3).
CONSTRUCTION = {
  '370': (lambda: Binary(thresholds=[0.0]), ValueError, 'thresholds not in'),
  '371': (lambda: Binary(thresholds=[1.0]), ValueError, 'thresholds not in'),
  '373': (
    lambda: Binary(loss_reduction='bogus'),
    ValueError,
    'Invalid loss_reduction: bogus',
  ),
  '374': (
    lambda: Binary(loss_reduction='none'),
    ValueError,
    'Invalid loss_reduction: none',
  ),
  '375': (
    lambda: Binary(label_vocabulary='ab'),
    ValueError,
    'label_vocabulary should be a list or a tuple',
  ),
  '377': (
    lambda: Binary(loss_fn=lambda labels: labels),
    ValueError,
    r"loss_fn must contain argument: logits. Given arguments: \('labels',\)",
  ),
  '378': (
    lambda: Binary(loss_fn=lambda logits: logits),
    ValueError,
    'loss_fn must contain argument: labels',
  ),
  '379': (
    lambda: Binary(loss_fn=lambda labels, logits, extra: extra),
    ValueError,
    r"loss_fn has unexpected args: \['extra'\]",
  ),
  '380': (lambda: Multi(2), ValueError, 'n_classes must be > 2: 2'),
  '381': (lambda: Multi(None), ValueError, 'n_classes cannot be None'),
  '382': (
    lambda: Multi(3, label_vocabulary=['a']),
    ValueError,
    '"label_vocabulary" does not have "n_classes" items',
  ),
  '383': (lambda: Label(1), ValueError, 'n_classes must be > 1'),
  '384': (
    lambda: Label(2, thresholds=[1.5]),
    ValueError,
    r'thresholds must be in \(0, 1\) range. Given: 1.5',
  ),
  '385': (
    lambda: Label(2, label_vocabulary=['a']),
    ValueError,
    r'Length of label_vocabulary must be n_classes \(2\). Given: 1',
  ),
  '386': (
    lambda: Label(2, classes_for_class_based_metrics=[5]),
    ValueError,
    r'classes_for_class_based_metrics must be in range \[0, 1\]. Given: 5',
  ),
  '387': (
    lambda: Label(2, classes_for_class_based_metrics=['a']),
    ValueError,
    'label_vocabulary must be provided',
  ),
  '389': (
    lambda: H.RegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  '391': (
    lambda: H.PoissonRegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  '392': (
    lambda: H.MultiHead([]),
    ValueError,
    r'Must specify heads. Given: \[\]',
  ),
  '393': (
    lambda: H.MultiHead([Binary()]),
    ValueError,
    'All given heads must have name specified',
  ),
  '395': (
    lambda: H.MultiHead([Binary(name='a')], head_weights=[1, 2]),
    ValueError,
    'heads and head_weights must have the same size',
  ),
  '397': (head_lib.Head, TypeError, 'abstract class'),
  '241': (
    lambda: Binary(
      weight_column=tf.feature_column.indicator_column(
        tf.feature_column.categorical_column_with_identity('w', 3)
      )
    ),
    TypeError,
    'Weight column must be either a string or NumericColumn',
  ),
  'n_classes is a float': (lambda: Multi(3.0), TypeError, 'n_classes'),
  'loss_fn is no function': (
    lambda: Binary(loss_fn=5),
    TypeError,
    'unsupported callable: `loss_fn`',
  ),
  'unknown class': (
    lambda: Label(
      2, label_vocabulary=['ab'], classes_for_class_based_metrics='z'
    ),
    ValueError,
    'label_vocabulary',
  ),
  'reductions differ': (
    lambda: (
      H.MultiHead(
        [Binary(name='a', loss_reduction='sum'), Binary(name='b')]
      ).loss_reduction
    ),
    ValueError,
    'loss_reduction must be the same',
  ),
  'classes in a fraction': (
    lambda: Multi(tf.constant(3.0)),
    TypeError,
    'must be an integer',
  ),
  'classes in a tensor': (
    lambda: Multi(tf.constant(2)),
    ValueError,
    'n_classes must be > 2: 2',
  ),
  'mask key': (
    lambda: H.SequentialHeadWrapper(Binary(), sequence_length_mask=5),
    TypeError,
    '`sequence_mask` column must be a string',
  ),
  'v1 reduction': (
    lambda: H.regression_head(loss_reduction='sum'),
    ValueError,
    'Invalid loss_reduction: sum',
  ),
  'v1 vocabulary': (
    lambda: H.binary_logistic_head_with_sigmoid_cross_entropy_loss(
      label_vocabulary='ab'
    ),
    TypeError,
    'label_vocabulary should be a list or tuple',
  ),
}


@pytest.mark.parametrize(
  'make, error, message', CONSTRUCTION.values(), ids=CONSTRUCTION
)
def test_construction(make, error, message):
  """A head with a wrong argument is refused at once."""
  with pytest.raises(error, match=message):
    make()


def _loss(head, labels):
  return head.loss(tf.constant(labels), tf.constant(LOGIT)).numpy()


# How the head is made, something that it gives, and what that is.
ACCEPTED = {
  '372': (
    lambda: Binary(thresholds=(0.5,)),
    lambda head: 'recall/positive_threshold_0.5' in head.metrics(),
    True,
  ),
  '376': (
    lambda: Binary(label_vocabulary=['a']),
    lambda head: _loss(head, [['a']] * 3) == _loss(Binary(), ZERO_ONE * 0),
    True,
  ),
  '388': (
    lambda: Label(2, classes_for_class_based_metrics=[]),
    lambda head: list(head.metrics()),
    ['average_loss', 'auc', 'auc_precision_recall'],
  ),
  '390': (
    lambda: H.RegressionHead(inverse_link_fn=5),
    lambda head: _loss(head, LOGIT + 2),
    4.0,
  ),
  '394': (
    lambda: H.MultiHead([Binary(name='a'), Binary(name='a')]),
    lambda head: (head.name, head.logits_dimension),
    ('a_a', 2),
  ),
  'automatic reduction': (
    lambda: Binary(loss_reduction='auto'),
    lambda head: _loss(head, ZERO_ONE) == _loss(Binary(), ZERO_ONE),
    True,
  ),
  'v1 short vocabulary': (
    lambda: H.multi_class_head_with_softmax_cross_entropy_loss(
      3, label_vocabulary=['a']
    ),
    lambda head: head.logits_dimension,
    3,
  ),
}


@pytest.mark.parametrize(
  'make, observe, expected', ACCEPTED.values(), ids=ACCEPTED
)
def test_accepted(make, observe, expected):
  """What the reference accepts makes a head that does what it is asked."""
  assert observe(make()) == expected


def _sparse(values):
  return lambda: tf.SparseTensor([[0, 0], [1, 0]], values, [3, 2])


# Head, labels, logits, error in a graph, error when run eagerly, message.
LABELS = {
  '242': (Binary, 2 * ZERO_ONE, LOGIT, 'late', 'Labels must be <='),
  '243': (Binary, -ZERO_ONE, LOGIT, 'late', 'Labels must be >= 0'),
  '244': (lambda: Multi(3), IDS + 1, LOGITS, 'late', 'Labels must be <='),
  '245': (lambda: Multi(3), IDS - 1, LOGITS, 'late', 'Labels must be >= 0'),
  '248': (
    Binary,
    ZERO_ONE.astype(str),
    LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  '249': (
    lambda: Multi(3),
    IDS.astype(str),
    LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  '251': (
    lambda: Binary(label_vocabulary=['a', 'b']),
    ZERO_ONE,
    LOGIT,
    TypeError,
    'keys',
  ),
  '252': (
    lambda: Binary(label_vocabulary=['a', 'b']),
    np.array([['a'], ['z'], ['b']]),
    LOGIT,
    'late',
    'Labels must be >= 0',
  ),
  '255': (
    lambda: Multi(3),
    1.0 * IDS,
    LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  '257': (
    Binary,
    np.ones((3, 2)),
    LOGIT,
    ValueError,
    'Mismatched label shape. Expected labels dimension=1',
  ),
  '258': (
    lambda: Multi(3),
    np.ones((3, 2), int),
    LOGITS,
    ValueError,
    'Mismatched label shape',
  ),
  '259': (
    H.RegressionHead,
    np.ones((3, 2)),
    LOGIT,
    ValueError,
    'Mismatched label shape',
  ),
  '260': (
    lambda: H.RegressionHead(2),
    np.ones(3),
    LOGITS[:, :2],
    ValueError,
    'Expected labels dimension=2. Received 1',
  ),
  '262': (
    H.RegressionHead,
    ZERO_ONE.astype(str),
    LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  '263': (
    Binary,
    None,
    LOGIT,
    ValueError,
    'You must provide a labels Tensor. Given: None',
  ),
  '272': (Binary, ZERO_ONE[:2], LOGIT, ValueError, 'shape'),
  '275': (
    lambda: Label(3),
    2 * np.eye(3, dtype=int),
    LOGITS,
    'late',
    r'labels must be an integer indicator Tensor with values in \[0, 1\]',
  ),
  '277': (
    lambda: Label(3),
    _sparse([0, 5]),
    LOGITS,
    'late',
    r'labels must be an integer SparseTensor with values in \[0, 3\)',
  ),
  '278': (
    lambda: H.MultiHead([Binary(name='a')]),
    ZERO_ONE,
    LOGIT,
    ValueError,
    'labels must be a dict',
  ),
  '279': (
    lambda: H.MultiHead([Binary(name='a'), Binary(name='b')]),
    {'a': ZERO_ONE},
    LOGITS[:, :2],
    ValueError,
    r"labels has missing values for head\(s\): \['b'\]",
  ),
  '281': (
    H.LogisticRegressionHead,
    1.5 * ZERO_ONE,
    LOGIT,
    'late',
    r'Labels must be in range \[0, 1\]',
  ),
  '401': (
    Binary,
    ZERO_ONE,
    LOGITS[:1, :2],
    ValueError,
    r'logits shape must be \[D0, D1, ... DN, logits_dimension\], got \(1, 2\)',
  ),
  'sparse labels of one class': (
    Binary,
    _sparse([0, 1]),
    LOGIT,
    ValueError,
    'SparseTensor labels are not supported',
  ),
  'sparse names without vocabulary': (
    lambda: Label(3),
    _sparse(['a', 'b']),
    LOGITS,
    TypeError,
    'label_vocabulary',
  ),
  'ids with vocabulary': (
    lambda: Multi(3, label_vocabulary=['a', 'b', 'c']),
    IDS,
    LOGITS,
    ValueError,
    'Labels dtype should be string if there is a vocabulary',
  ),
  'logits of one axis': (
    Binary,
    ZERO_ONE,
    LOGIT[:, 0],
    ValueError,
    'logits shape must be',
  ),
  'logits of all heads too wide': (
    lambda: H.MultiHead([Binary(name='a')]),
    {'a': ZERO_ONE},
    LOGITS,
    ValueError,
    'Could not split logits',
  ),
  'loss_fn of a wrong shape': (
    lambda: Binary(loss_fn=lambda labels, logits: logits[:, 0] + 0.0 * labels),
    ZERO_ONE,
    LOGIT,
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
    return Binary(weight_column='w').loss(
      labels=tf.constant(ZERO_ONE),
      logits=tf.constant(LOGIT),
      features=features,
    )

  if error:
    with pytest.raises(error, match=message):
      _value(loss, eager)
  else:
    each = np.log1p(np.exp(-np.where(ZERO_ONE == 1, LOGIT, -LOGIT)))
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
    Binary().create_estimator_spec(
      features={},
      mode='train',
      logits=tf.constant(LOGIT),
      labels=tf.constant(ZERO_ONE),
      **arguments,
    )


def test_features_that_are_no_dict():
  """A weight column cannot be read from a tensor (probe 408)."""
  with (
    tf.Graph().as_default(),
    pytest.raises(ValueError, match='Feature w is not in features dictionary'),
  ):
    Binary(weight_column='w').create_estimator_spec(
      features=tf.constant(LOGIT),
      mode='eval',
      logits=tf.constant(LOGIT),
      labels=tf.constant(ZERO_ONE),
    )


@pytest.mark.parametrize('keys', [['nothing'], ['top_k'], 'logits', [('a',)]])
def test_prediction_keys(keys):
  """Unknown keys of predictions are refused."""
  with pytest.raises(ValueError, match='must be'):
    Multi(3).predictions(tf.constant(LOGITS), keys=keys)
