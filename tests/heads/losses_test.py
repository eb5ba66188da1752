"""Checks which reductions and loss functions heads take."""

import pytest

from tests.heads import given, libraries

H = libraries.HEADS


REFUSED_ARGUMENTS = {
  'unknown reduction': (
    lambda: H.BinaryClassHead(loss_reduction='bogus'),
    ValueError,
    'Invalid loss_reduction: bogus',
  ),
  'no reduction': (
    lambda: H.BinaryClassHead(loss_reduction='none'),
    ValueError,
    'Invalid loss_reduction: none',
  ),
  'loss_fn without logits': (
    lambda: H.BinaryClassHead(loss_fn=lambda labels: labels),
    ValueError,
    r"loss_fn must contain argument: logits. Given arguments: \('labels',\)",
  ),
  'loss_fn without labels': (
    lambda: H.BinaryClassHead(loss_fn=lambda logits: logits),
    ValueError,
    'loss_fn must contain argument: labels',
  ),
  'loss_fn with another argument': (
    lambda: H.BinaryClassHead(loss_fn=lambda labels, logits, extra: extra),
    ValueError,
    r"loss_fn has unexpected args: \['extra'\]",
  ),
  'loss_fn is no function': (
    lambda: H.BinaryClassHead(loss_fn=5),
    TypeError,
    'unsupported callable: `loss_fn`',
  ),
}


test_refused_arguments = given.refuses_arguments(REFUSED_ARGUMENTS)


# How the head is made, something that it gives, and what that is.
ACCEPTED_ARGUMENTS = {
  'automatic reduction': (
    lambda: H.BinaryClassHead(loss_reduction='auto'),
    lambda head: (
      given.eager_loss(head, given.ZERO_ONE)
      == given.eager_loss(H.BinaryClassHead(), given.ZERO_ONE)
    ),
    True,
  ),
}


test_accepted_arguments = given.accepts_arguments(ACCEPTED_ARGUMENTS)


# Head, labels, logits, and the error: 'late' is when a graph runs.
REFUSED_LOSS_FNS = {
  'loss_fn of a wrong shape': (
    lambda: H.BinaryClassHead(
      loss_fn=lambda labels, logits: logits[:, 0] + 0.0 * labels
    ),
    given.ZERO_ONE,
    given.LOGIT,
    'late',
    'loss_fn must return Tensor of shape',
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('eager', [False, True], ids=['graph', 'eager'])
@pytest.mark.parametrize(
  'case', REFUSED_LOSS_FNS.values(), ids=REFUSED_LOSS_FNS
)
def test_refused_loss_fns(case, eager):
  """They are refused by name: in a graph maybe when it runs, eagerly at once."""
  given.check_refused(*case, eager)
