"""Checks what a head for two classes refuses and takes."""

import numpy as np
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


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


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


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)


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


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
