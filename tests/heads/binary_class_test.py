"""Checks what a head for two classes refuses and takes."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'threshold 0': (
    lambda: H.BinaryClassHead(thresholds=[0.0]),
    ValueError,
    'thresholds not in',
  ),
  'threshold 1': (
    lambda: H.BinaryClassHead(thresholds=[1.0]),
    ValueError,
    'thresholds not in',
  ),
  'vocabulary in one str': (
    lambda: H.BinaryClassHead(label_vocabulary='ab'),
    ValueError,
    'label_vocabulary should be a list or a tuple',
  ),
}


@given.each_row(REFUSED_ARGUMENTS)
def test_refused_arguments(make, error, message):
  """A head with a wrong argument is refused at once."""
  with pytest.raises(error, match=message):
    make()


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'one threshold': (
    lambda: H.BinaryClassHead(thresholds=(0.5,)),
    lambda head: 'recall/positive_threshold_0.5' in head.metrics(),
    True,
  ),
  'vocabulary of one class': (
    lambda: H.BinaryClassHead(label_vocabulary=['a']),
    lambda head: (
      given.eager_loss(head, [['a']] * 3)
      == given.eager_loss(H.BinaryClassHead(), given.ZERO_ONE * 0)
    ),
    True,
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize(
  'make, observe, expected',
  ACCEPTED_ARGUMENTS.values(),
  ids=ACCEPTED_ARGUMENTS,
)
def test_accepted_arguments(make, observe, expected):
  """What the reference accepts makes a head that does what it is asked."""
  assert observe(make()) == expected


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'label above 1': (
    H.BinaryClassHead,
    2 * given.ZERO_ONE,
    given.LOGIT,
    'late',
    'Labels must be <=',
  ),
  'negative label': (
    H.BinaryClassHead,
    -given.ZERO_ONE,
    given.LOGIT,
    'late',
    'Labels must be >= 0',
  ),
  'names without vocabulary': (
    H.BinaryClassHead,
    given.ZERO_ONE.astype(str),
    given.LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  'ids with vocabulary': (
    lambda: H.BinaryClassHead(label_vocabulary=['a', 'b']),
    given.ZERO_ONE,
    given.LOGIT,
    TypeError,
    'keys',
  ),
  'name out of vocabulary': (
    lambda: H.BinaryClassHead(label_vocabulary=['a', 'b']),
    np.array([['a'], ['z'], ['b']]),
    given.LOGIT,
    'late',
    'Labels must be >= 0',
  ),
  'labels too wide': (
    H.BinaryClassHead,
    np.ones((3, 2)),
    given.LOGIT,
    ValueError,
    'Mismatched label shape. Expected labels dimension=1',
  ),
  'fewer labels than logits': (
    H.BinaryClassHead,
    given.ZERO_ONE[:2],
    given.LOGIT,
    ValueError,
    'shape',
  ),
  'sparse labels': (
    H.BinaryClassHead,
    given.sparse([0, 1]),
    given.LOGIT,
    ValueError,
    'SparseTensor labels are not supported',
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
@pytest.mark.parametrize('case', REFUSED_LABELS.values(), ids=REFUSED_LABELS)
def test_refused_labels(case, eager):
  """They are refused by name: in a graph maybe when it runs, eagerly at once."""
  given.check_refused(*case, eager)
