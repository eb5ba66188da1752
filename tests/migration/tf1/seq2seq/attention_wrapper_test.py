"""Compares cells with attention with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('name', ['history'])
def test_numbers_of_1_15(name):
  """Alignments are kept step by step."""
  beside.check_part(name, 'sequences')
