"""Checks what constructors of heads refuse, and what they take."""

import pytest
import tensorflow as tf

from tests.heads import bad_input
from tfcompat_estimator.heads import head as head_lib

# The numbers are those of the contract's probes (behaviours.md, E3).
CONSTRUCTION = {
  '370': (
    lambda: bad_input.Binary(thresholds=[0.0]),
    ValueError,
    'thresholds not in',
  ),
  '371': (
    lambda: bad_input.Binary(thresholds=[1.0]),
    ValueError,
    'thresholds not in',
  ),
  '373': (
    lambda: bad_input.Binary(loss_reduction='bogus'),
    ValueError,
    'Invalid loss_reduction: bogus',
  ),
  '374': (
    lambda: bad_input.Binary(loss_reduction='none'),
    ValueError,
    'Invalid loss_reduction: none',
  ),
  '375': (
    lambda: bad_input.Binary(label_vocabulary='ab'),
    ValueError,
    'label_vocabulary should be a list or a tuple',
  ),
  '377': (
    lambda: bad_input.Binary(loss_fn=lambda labels: labels),
    ValueError,
    r"loss_fn must contain argument: logits. Given arguments: \('labels',\)",
  ),
  '378': (
    lambda: bad_input.Binary(loss_fn=lambda logits: logits),
    ValueError,
    'loss_fn must contain argument: labels',
  ),
  '379': (
    lambda: bad_input.Binary(loss_fn=lambda labels, logits, extra: extra),
    ValueError,
    r"loss_fn has unexpected args: \['extra'\]",
  ),
  '380': (lambda: bad_input.Multi(2), ValueError, 'n_classes must be > 2: 2'),
  '381': (
    lambda: bad_input.Multi(None),
    ValueError,
    'n_classes cannot be None',
  ),
  '382': (
    lambda: bad_input.Multi(3, label_vocabulary=['a']),
    ValueError,
    '"label_vocabulary" does not have "n_classes" items',
  ),
  '383': (lambda: bad_input.Label(1), ValueError, 'n_classes must be > 1'),
  '384': (
    lambda: bad_input.Label(2, thresholds=[1.5]),
    ValueError,
    r'thresholds must be in \(0, 1\) range. Given: 1.5',
  ),
  '385': (
    lambda: bad_input.Label(2, label_vocabulary=['a']),
    ValueError,
    r'Length of label_vocabulary must be n_classes \(2\). Given: 1',
  ),
  '386': (
    lambda: bad_input.Label(2, classes_for_class_based_metrics=[5]),
    ValueError,
    r'classes_for_class_based_metrics must be in range \[0, 1\]. Given: 5',
  ),
  '387': (
    lambda: bad_input.Label(2, classes_for_class_based_metrics=['a']),
    ValueError,
    'label_vocabulary must be provided',
  ),
  '389': (
    lambda: bad_input.H.RegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  '391': (
    lambda: bad_input.H.PoissonRegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  '392': (
    lambda: bad_input.H.MultiHead([]),
    ValueError,
    r'Must specify heads. Given: \[\]',
  ),
  '393': (
    lambda: bad_input.H.MultiHead([bad_input.Binary()]),
    ValueError,
    'All given heads must have name specified',
  ),
  '395': (
    lambda: bad_input.H.MultiHead(
      [bad_input.Binary(name='a')], head_weights=[1, 2]
    ),
    ValueError,
    'heads and head_weights must have the same size',
  ),
  '397': (head_lib.Head, TypeError, 'abstract class'),
  '241': (
    lambda: bad_input.Binary(
      weight_column=tf.feature_column.indicator_column(
        tf.feature_column.categorical_column_with_identity('w', 3)
      )
    ),
    TypeError,
    'Weight column must be either a string or NumericColumn',
  ),
  'n_classes is a float': (
    lambda: bad_input.Multi(3.0),
    TypeError,
    'n_classes',
  ),
  'loss_fn is no function': (
    lambda: bad_input.Binary(loss_fn=5),
    TypeError,
    'unsupported callable: `loss_fn`',
  ),
  'unknown class': (
    lambda: bad_input.Label(
      2, label_vocabulary=['ab'], classes_for_class_based_metrics='z'
    ),
    ValueError,
    'label_vocabulary',
  ),
  'reductions differ': (
    lambda: (
      bad_input.H.MultiHead(
        [
          bad_input.Binary(name='a', loss_reduction='sum'),
          bad_input.Binary(name='b'),
        ]
      ).loss_reduction
    ),
    ValueError,
    'loss_reduction must be the same',
  ),
  'classes in a fraction': (
    lambda: bad_input.Multi(tf.constant(3.0)),
    TypeError,
    'must be an integer',
  ),
  'classes in a tensor': (
    lambda: bad_input.Multi(tf.constant(2)),
    ValueError,
    'n_classes must be > 2: 2',
  ),
  'mask key': (
    lambda: bad_input.H.SequentialHeadWrapper(
      bad_input.Binary(), sequence_length_mask=5
    ),
    TypeError,
    '`sequence_mask` column must be a string',
  ),
  'v1 reduction': (
    lambda: bad_input.H.regression_head(loss_reduction='sum'),
    ValueError,
    'Invalid loss_reduction: sum',
  ),
  'v1 vocabulary': (
    lambda: bad_input.H.binary_logistic_head_with_sigmoid_cross_entropy_loss(
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
  return head.loss(tf.constant(labels), tf.constant(bad_input.LOGIT)).numpy()


# How the head is made, something that it gives, and what that is.
ACCEPTED = {
  '372': (
    lambda: bad_input.Binary(thresholds=(0.5,)),
    lambda head: 'recall/positive_threshold_0.5' in head.metrics(),
    True,
  ),
  '376': (
    lambda: bad_input.Binary(label_vocabulary=['a']),
    lambda head: (
      _loss(head, [['a']] * 3)
      == _loss(bad_input.Binary(), bad_input.ZERO_ONE * 0)
    ),
    True,
  ),
  '388': (
    lambda: bad_input.Label(2, classes_for_class_based_metrics=[]),
    lambda head: list(head.metrics()),
    ['average_loss', 'auc', 'auc_precision_recall'],
  ),
  '390': (
    lambda: bad_input.H.RegressionHead(inverse_link_fn=5),
    lambda head: _loss(head, bad_input.LOGIT + 2),
    4.0,
  ),
  '394': (
    lambda: bad_input.H.MultiHead(
      [bad_input.Binary(name='a'), bad_input.Binary(name='a')]
    ),
    lambda head: (head.name, head.logits_dimension),
    ('a_a', 2),
  ),
  'automatic reduction': (
    lambda: bad_input.Binary(loss_reduction='auto'),
    lambda head: (
      _loss(head, bad_input.ZERO_ONE)
      == _loss(bad_input.Binary(), bad_input.ZERO_ONE)
    ),
    True,
  ),
  'v1 short vocabulary': (
    lambda: bad_input.H.multi_class_head_with_softmax_cross_entropy_loss(
      3, label_vocabulary=['a']
    ),
    lambda head: head.logits_dimension,
    3,
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize(
  'make, observe, expected', ACCEPTED.values(), ids=ACCEPTED
)
def test_accepted(make, observe, expected):
  """What the reference accepts makes a head that does what it is asked."""
  assert observe(make()) == expected
