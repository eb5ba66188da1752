"""Hooks, model functions, inputs and configs of all sorts do what they did."""

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity


PROGRAMS = {
  'odd_models': (
    'variables_reused',
    'custom_getter_and_regularizer',
    'variables_in_parts',
    'layers_and_update_ops',
    'rows_scattered_by_the_train_op',
    'averages_swapped_in',
    'gradients_of_gradients',
    'gradients_of_ones_own',
    'an_opponent_trained_by_a_hook',
    'an_optimizer_reset_by_a_hook',
    'a_model_within_a_model',
    'a_frozen_graph_within_a_model',
    'cells',
    'rates_that_decay',
    'optimizers',
    'kinds_of_predictions',
  ),
  'odd_hooks': (
    'mocks_of_hooks',
    'orders_of_hooks',
    'sessions_in_hooks',
    'feeds_by_hooks',
    'errors_in_hooks',
    'savers_and_listeners',
  ),
  'odd_uses': (
    'kinds_of_model_fns',
    'specs_that_are_not_right',
    'kinds_of_params',
    'kinds_of_inputs',
    'generators_that_raise',
    'own_configs',
    'copies',
    'several_threads',
    'many_kinds_of_operations',
    'summaries',
  ),
}


@pytest.fixture(scope='module', params=[False, True], ids=['v2', 'v2 off'])
def both(request, ours, reference):
  """What the cases of the programs come to on both sides."""
  return [
    {
      program: side.call(program, 'run', off=request.param)
      for program in PROGRAMS
    }
    for side in (ours, reference)
  ]


@pytest.mark.parametrize(
  'program, name',
  [(program, name) for program, names in PROGRAMS.items() for name in names],
)
def test_case(program, name, both):
  """The case returns the same, or raises an error of the same type."""
  got, expected = (results[program] for results in both)

  assert set(got) == set(PROGRAMS[program])
  comparison.assert_close([[got[name]]], [[expected[name]]], 1e-5)
