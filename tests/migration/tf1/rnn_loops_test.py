"""Compares loops over cells with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize(
  'name', ['fused', 'reversed', 'whole', 'adaptor', 'stacked', 'static']
)
def test_numbers_of_1_15(name):
  """Forwards, backwards, in stacks and both ways."""
  beside.check_part('cells', only=[name])
