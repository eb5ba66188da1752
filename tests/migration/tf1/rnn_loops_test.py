"""Compares loops over cells with those of TensorFlow 1.15."""

import pytest

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import rnn_loops


@pytest.mark.parametrize(
  'name', ['fused', 'reversed', 'whole', 'adaptor', 'stacked', 'static']
)
def test_numbers_of_1_15(name):
  """Forwards, backwards, in stacks and both ways."""
  beside.check_part('cells', only=[name])


MISTAKES = {
  'no list of cells': ({'cells_fw': None, 'cells_bw': []}, 'cells_fw'),
  'as many of each': ({'cells_fw': [1, 2], 'cells_bw': [3]}, 'as many'),
  'a state for each layer': (
    {'cells_fw': [1], 'cells_bw': [2], 'initial_states_bw': [3, 4]},
    'initial_states_bw',
  ),
}


@pytest.mark.parametrize('given, text', MISTAKES.values(), ids=MISTAKES)
@pytest.mark.parametrize(
  'stack',
  [
    rnn_loops.stack_bidirectional_rnn,
    rnn_loops.stack_bidirectional_dynamic_rnn,
  ],
)
def test_stacks_of_wrong_cells_are_told(stack, given, text):
  """Before anything is built."""
  with pytest.raises(ValueError, match=text):
    stack(inputs=None, **given)
