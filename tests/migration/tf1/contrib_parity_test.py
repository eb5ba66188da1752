"""Compares tf.contrib here with that of TensorFlow 1.15, where tf_slim serves it."""

import pytest

from tests.migration.tf1 import beside, record
from tests.parity import sides


@pytest.mark.parametrize('part', ['convolutions', 'losses', 'streaming'])
def test_functions_give_the_numbers_of_1_15(part):
  """Results, gradients, and the names and values of variables are equal."""
  beside.check_part(part)


@pytest.mark.parity
@pytest.mark.parametrize('program', ['functions', 'legacy', 'sequences'])
def test_goldens_are_what_1_15_says(program):
  """TensorFlow 1.15 itself gives the recorded numbers."""
  side = sides.tensorflow_1(record.PROGRAMS)

  beside.check_same(
    side.call(program, 'all_of_them'),
    sides.read(str(record.GOLDENS / program)),
  )
