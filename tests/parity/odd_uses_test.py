"""Hooks, model functions, inputs and configs of all sorts do what they did."""

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity


@pytest.fixture(scope='module', params=[False, True], ids=['v2', 'v2 off'])
def both(request, ours, reference):
  """What the cases of the program come to on both sides."""
  return [
    side.call('odd_uses', 'run', off=request.param)
    for side in (ours, reference)
  ]


CASES = (
  'mocks_of_hooks',
  'orders_of_hooks',
  'sessions_in_hooks',
  'feeds_by_hooks',
  'errors_in_hooks',
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
  'savers_and_listeners',
)


@pytest.mark.parametrize('name', CASES)
def test_case(name, both):
  """The case returns the same, or raises an error of the same type."""
  got, expected = both

  assert set(got) == set(CASES)
  comparison.assert_close([[got[name]]], [[expected[name]]], 1e-5)
