"""Checks errors of the same kind with another text."""

import pickle

import pytest
import tensorflow as tf

from tfcompat_estimator.errors import kinds

ERRORS = {
  'of TensorFlow': tf.errors.NotFoundError(None, None, 'long'),
  'of Python': ValueError('long'),
}


@pytest.mark.parametrize('error', ERRORS.values(), ids=ERRORS)
def test_type_and_text(error):
  """Programs catch it as before; it says what it was given."""
  told = kinds.retold(error, 'short')

  assert isinstance(told, type(error))
  assert type(told).__name__ == type(error).__name__
  assert str(told) == 'short'
  assert type(kinds.retold(error, 'x')) is type(told)


def test_it_goes_to_another_process():
  """As a plain error of its kind, with the text."""
  told = kinds.retold(ERRORS['of TensorFlow'], 'short')
  read = pickle.loads(pickle.dumps(told))

  assert type(read) is tf.errors.NotFoundError
  assert read.message == 'short'
