"""Compares decoders over lists with TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import legacy_sequences


def test_numbers_of_1_15():
  """Outputs, states, losses, gradients and variables are equal."""
  beside.check_part('lists', 'sequences')


def test_numbers_of_1_15_over_symbols():
  """So are those of models over symbols, fed back or not, by a tensor, too."""
  beside.check_part(
    'legacy_models',
    'legacy',
    ('plain', 'fed', 'either', 'projected', 'tied', 'tied_fed', 'tied_either'),
  )


def test_buckets_that_are_longer_than_the_inputs():
  """An error names what is too short."""
  with pytest.raises(ValueError, match=r'Length of targets \(1\)'):
    legacy_sequences.model_with_buckets(
      [1, 2], [1, 2], [1], [1, 2], [(2, 2)], lambda x, y: (x, y)
    )
