"""Checks the shapes of logits that heads refuse."""

import pytest

from tests.heads import given, libraries

H = libraries.HEADS


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LOGITS = {
  'logits too wide': (
    H.BinaryClassHead,
    given.ZERO_ONE,
    given.LOGITS[:1, :2],
    ValueError,
    r'logits shape must be \[D0, D1, ... DN, logits_dimension\], got \(1, 2\)',
  ),
  'logits of one axis': (
    H.BinaryClassHead,
    given.ZERO_ONE,
    given.LOGIT[:, 0],
    ValueError,
    'logits shape must be',
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
@pytest.mark.parametrize('case', REFUSED_LOGITS.values(), ids=REFUSED_LOGITS)
def test_refused_logits(case, eager):
  """They are refused by name: in a graph maybe when it runs, eagerly at once."""
  given.check_refused(*case, eager)
