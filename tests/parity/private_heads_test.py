"""Models of derived heads and optimizers train to the same on both sides."""

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity

CASES = [
  (function, kind, network)
  for function in ('v1_heads', 'v2_heads')
  for kind in ('binary', 'multi', 'regression')
  for network in ('dnn', 'linear')
]


@pytest.mark.parametrize('function, kind, network', CASES)
def test_training_is_the_same(ours, reference, function, kind, network):
  """Variables, metrics and predictions after steps of clipped gradients."""
  actual, expected = (
    side.call('private_heads', function, kind=kind, network=network)
    for side in (ours, reference)
  )

  comparison.assert_close(actual, expected, 1e-5)


def test_parts_of_heads_may_be_replaced(ours, reference):
  """Losses, labels, metrics or the whole spec: metrics are the same."""
  actual, expected = (
    side.call('private_head_parts', 'metrics') for side in (ours, reference)
  )

  comparison.assert_close(actual, expected, 1e-5)
