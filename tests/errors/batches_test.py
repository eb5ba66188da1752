"""Tests that errors are told at which batch they came up."""

import pytest
import tensorflow as tf

from tfcompat_estimator.errors import batches


def _raised(error, done):
  with pytest.raises(type(error)) as raised, batches.Counted(lambda: done):
    raise error
  return raised.value


def test_an_error_knows_its_batch():
  """The one after those that went well; the first that tells is right."""
  with tf.Graph().as_default() as graph:
    error = _raised(ValueError(), 2)
    _raised(error, 7)

  assert batches.place_of(error) == 'In batch 3 of this call'
  assert batches.graph_of(error) is graph
  assert batches.place_of(ValueError()) == ''


def test_the_end_of_input_is_no_error():
  """Nor is that of a generator."""
  assert batches.place_of(_raised(StopIteration(), 2)) == ''


def test_nan_is_explained():
  """What was found of it stays with the error."""
  error = ValueError()
  assert batches.nan_of(error) == ''
  batches.explain_nan(error, "Feature 'x' has nan")

  assert batches.nan_of(error) == "Feature 'x' has nan"
