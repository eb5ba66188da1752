"""Shows that random programs find an engine that is broken."""

import json

import pytest

from tests import fresh
from tests.fuzz import faults


@pytest.mark.parametrize('mode', sorted({f.mode for f in faults.FAULTS}))
def test_each_planted_fault_is_found(mode):
  printed = fresh.printed('-m', 'tests.fuzz.faults', mode)
  found = json.loads(printed.splitlines()[-1])
  expected = {f.what: f.shows for f in faults.FAULTS if f.mode == mode}
  assert {what: n is not None for what, n in found.items()} == expected
