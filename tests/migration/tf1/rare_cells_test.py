"""Compares rare cells with TensorFlow 1.15."""

from tests.migration.tf1 import beside


def test_numbers_of_1_15():
  """Outputs, states, losses, gradients and variables are equal."""
  beside.check_part('rare_cells', 'sequences')
