"""Compares monotonic attention with that of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1.seq2seq import monotonic


def test_numbers_of_1_15():
  """Outputs, gradients and variables are equal, in each mode."""
  beside.check_part('monotonic', 'sequences')


def test_a_mode_that_is_not_there():
  """The message says which there are."""
  with pytest.raises(ValueError, match=r"mode is 'soft'.*recursive, parallel"):
    monotonic.monotonic_attention([[0.5]], [[1.0]], 'soft')
