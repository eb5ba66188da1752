"""Compares weight decay with that of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('name', ['adamw', 'momentumw', 'extended'])
def test_numbers_of_1_15(name):
  """Beside the gradients, of variables and slots."""
  beside.check_part('dense_optimizers', only=[name])
