"""Checks what heads refuse as weights of examples."""

import numpy as np
import pytest
import tensorflow as tf

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'categorical weight column': (
    lambda: H.BinaryClassHead(
      weight_column=tf.feature_column.indicator_column(
        tf.feature_column.categorical_column_with_identity('w', 3)
      )
    ),
    TypeError,
    'Weight column must be either a string or NumericColumn',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# The weights, the error if they are refused, and what it says.
WEIGHTS = {
  'no feature': (None, ValueError, 'Feature w is not in features dictionary'),
  'names': (
    np.array([['a']] * 3),
    tf.errors.UnimplementedError,
    'Cast string to float is not supported',
  ),
  'a vector': (np.array([1.0, 2.0, 3.0]), None, ''),
  'three for each example': (np.ones((3, 3)), 'late', 'weights shape must be'),
  'negative': (-np.ones((3, 1)), None, ''),
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
  features = {} if weights is None else {'w': weights}
  head = H.BinaryClassHead(weight_column='w')
  if error:
    given.check_refused(
      lambda: head, given.ZERO_ONE, given.LOGIT, error, message, eager, features
    )
    return
  each = np.log1p(
    np.exp(-np.where(given.ZERO_ONE == 1, given.LOGIT, -given.LOGIT))
  )
  expected = np.mean(each * np.reshape(weights, (3, 1)))
  loss = given.loss(head, given.ZERO_ONE, given.LOGIT, eager, features)
  assert loss == pytest.approx(expected, rel=1e-6)


def test_features_that_are_no_dict():
  """A weight column cannot be read from a tensor."""
  with (
    tf.Graph().as_default(),
    pytest.raises(ValueError, match='Feature w is not in features dictionary'),
  ):
    H.BinaryClassHead(weight_column='w').create_estimator_spec(
      features=tf.constant(given.LOGIT),
      mode='eval',
      logits=tf.constant(given.LOGIT),
      labels=tf.constant(given.ZERO_ONE),
    )
