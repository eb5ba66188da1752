"""Runs again the programs that have shown faults of the engine."""

import json

from tests import fresh
from tests.fuzz import found


def test_programs_that_showed_a_fault_do_what_they_do_in_a_session():
  verdicts = json.loads(
    fresh.printed('-m', 'tests.fuzz.found').splitlines()[-1]
  )
  assert verdicts == {program.why: 'equal' for program in found.PROGRAMS}
