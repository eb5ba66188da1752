"""Compares RunConfigs of drawn settings, property by property, with the reference's."""

import pytest

from tests.parity.programs import run_configs

pytestmark = pytest.mark.parity

COUNT = 2000


@pytest.fixture(scope='module')
def held(ours, reference):
  """From seeds to what each side's RunConfig holds."""
  return [
    side.call('run_configs', 'all_held', first=0, count=COUNT)
    for side in (ours, reference)
  ]


# What the reference stumbles over: a job without tasks, and "service": null.
_STUMBLES = (
  'max() arg is an empty',
  "'NoneType' object has no attribute 'get'",
)


def test_equal(held):
  """Every property is the reference's, and so is the type of each error."""
  different = {
    seed: (run_configs.drawn(seed), ours, theirs)
    for seed, (ours, theirs) in enumerate(zip(*held, strict=True))
    if {**ours, 'message': ''} != {**theirs, 'message': ''}
    and not theirs.get('message', '').startswith(_STUMBLES)
  }
  assert not different, str(list(different.items())[:3])


def test_many_are_accepted(held):
  """The drawing is no list of mistakes."""
  accepted = [each for each in held[1] if 'error' not in each]
  assert len(accepted) > COUNT // 10
