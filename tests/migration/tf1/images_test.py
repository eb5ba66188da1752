"""Compares transforms of images with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('part', ['images'])
def test_numbers_of_1_15(part):
  """Pixels and gradients."""
  beside.check_part(part)
