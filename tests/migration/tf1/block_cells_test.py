"""Compares cells with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('part', ['cells'])
def test_numbers_of_1_15(part):
  """Of block_cells, rnn_cells and rnn_loops, in the same loops."""
  beside.check_part(part)
