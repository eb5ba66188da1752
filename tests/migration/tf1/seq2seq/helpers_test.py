"""Compares what decoders are given with TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('name', ['greedy'])
def test_numbers_of_1_15(name):
  """Of what they decoded themselves."""
  beside.check_part(name, 'sequences')
