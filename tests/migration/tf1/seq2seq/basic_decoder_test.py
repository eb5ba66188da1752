"""Compares decoders, helpers and attention with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('part', ['training'])
def test_numbers_of_1_15(part):
  """Outputs, lengths, states, gradients and variables are equal."""
  beside.check_part(part, 'sequences')
