"""Checks what a head for several classes refuses."""

import numpy as np
import tensorflow as tf

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'two classes': (
    lambda: H.MultiClassHead(2),
    ValueError,
    'n_classes must be > 2: 2',
  ),
  'no number of classes': (
    lambda: H.MultiClassHead(None),
    ValueError,
    'n_classes cannot be None',
  ),
  'short vocabulary': (
    lambda: H.MultiClassHead(3, label_vocabulary=['a']),
    ValueError,
    '"label_vocabulary" does not have "n_classes" items',
  ),
  'n_classes is a float': (
    lambda: H.MultiClassHead(3.5),
    TypeError,
    'n_classes',
  ),
  'classes in a fraction': (
    lambda: H.MultiClassHead(tf.constant(3.5)),
    TypeError,
    'must be an integer',
  ),
  'two classes in a tensor': (
    lambda: H.MultiClassHead(tf.constant(2)),
    ValueError,
    'n_classes must be > 2: 2',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'label above the last class': (
    lambda: H.MultiClassHead(3),
    given.IDS + 1,
    given.LOGITS,
    'late',
    'Labels must be <=',
  ),
  'negative label': (
    lambda: H.MultiClassHead(3),
    given.IDS - 1,
    given.LOGITS,
    'late',
    'Labels must be >= 0',
  ),
  'names without vocabulary': (
    lambda: H.MultiClassHead(3),
    given.IDS.astype(str),
    given.LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  'float labels': (
    lambda: H.MultiClassHead(3),
    1.0 * given.IDS,
    given.LOGITS,
    ValueError,
    'Labels dtype should be integer',
  ),
  'labels too wide': (
    lambda: H.MultiClassHead(3),
    np.ones((3, 2), int),
    given.LOGITS,
    ValueError,
    'Mismatched label shape',
  ),
  'ids with vocabulary': (
    lambda: H.MultiClassHead(3, label_vocabulary=['a', 'b', 'c']),
    given.IDS,
    given.LOGITS,
    ValueError,
    'Labels dtype should be string if there is a vocabulary',
  ),
}


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
