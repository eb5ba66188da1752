"""Compares optimizers with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize(
  'part', ['optimized', 'dense_optimizers', 'sparse_optimizers']
)
def test_numbers_of_1_15(part):
  """Also those of weight_decay, and what towers wrap; variables and slots."""
  beside.check_part(part)
