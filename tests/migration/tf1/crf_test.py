"""Compares CRFs with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside


@pytest.mark.parametrize('part', ['crf', 'one_step_crf'])
def test_numbers_of_1_15(part):
  """Scores, likelihoods, gradients, and the best tags."""
  beside.check_part(part)
