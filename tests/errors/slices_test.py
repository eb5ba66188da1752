"""Checks what is told of arrays that make no dataset."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.errors import slices

CASES = {
  'other lengths': (
    ({'a': [1, 2, 3], 'b': [1, 2]}, [1, 2]),
    "3 of feature 'a'; 2 of feature 'b' and the labels",
  ),
  'rows of several lengths': (
    ({'a': [[1], [2, 3]]}, [1, 2]),
    "Feature 'a' has",
  ),
  'mixed types': (
    ({'a': np.array([1, None], object)}, [1, 2]),
    'values of type NoneType and int',
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('given, told', CASES.values(), ids=CASES)
def test_the_array_is_named(given, told):
  """With what is wrong with it."""
  with pytest.raises((TypeError, ValueError)) as caught:
    tf.data.Dataset.from_tensor_slices(given)

  assert told in slices.explained(caught.value)


def test_errors_from_elsewhere_are_left_alone():
  """There is nothing to tell of them."""
  with pytest.raises(ValueError, match='x') as caught:
    raise ValueError('x')

  assert slices.explained(caught.value) is None
