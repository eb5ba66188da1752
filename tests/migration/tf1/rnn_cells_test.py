"""Compares cells of ordinary operations with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize(
  'name',
  ['norm', 'plain', 'out', 'in', 'embedded', 'dropout', 'lstm', 'residual'],
)
def test_numbers_of_1_15(name):
  """In a loop over the same sequences."""
  beside.check_part('cells', only=[name])
