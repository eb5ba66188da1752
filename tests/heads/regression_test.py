"""Checks what heads for regression refuse and take."""

import numpy as np
import tensorflow as tf

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'no label dimension': (
    lambda: H.RegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  'no label dimension of Poisson': (
    lambda: H.PoissonRegressionHead(label_dimension=0),
    ValueError,
    'Invalid label_dimension 0',
  ),
  'reduction of v2 in a v1 head': (
    lambda: H.regression_head(loss_reduction='sum'),
    ValueError,
    'Invalid loss_reduction: sum',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'inverse_link_fn that a loss does not need': (
    lambda: H.RegressionHead(inverse_link_fn=5),
    lambda head: given.eager_loss(head, given.LOGIT + 2),
    4.0,
  ),
}


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LABELS = {
  'labels too wide': (
    H.RegressionHead,
    np.ones((3, 2)),
    given.LOGIT,
    ValueError,
    'Mismatched label shape',
  ),
  'labels too narrow': (
    lambda: H.RegressionHead(2),
    np.ones(3),
    given.LOGITS[:, :2],
    ValueError,
    'Expected labels dimension=2. Received 1',
  ),
  'names': (
    H.RegressionHead,
    given.ZERO_ONE.astype(str),
    given.LOGIT,
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  'probability above 1': (
    H.LogisticRegressionHead,
    1.5 * given.ZERO_ONE,
    given.LOGIT,
    'late',
    r'Labels must be in range \[0, 1\]',
  ),
}


test_refused_labels = given.refuses_labels(REFUSED_LABELS)
