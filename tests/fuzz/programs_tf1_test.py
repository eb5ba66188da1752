"""Runs random programs of fixed seeds after `disable_v2_behavior`."""

import json

from tests import fresh
from tests.fuzz import modes

COUNT = 14
SEED = 2024


def reports_of(names):
  """The report of each mode, of a process of its own."""
  printed = fresh.printed(
    '-m', 'tests.fuzz.piece', ','.join(names), COUNT, SEED, 'quick'
  )
  reports = [json.loads(line) for line in printed.splitlines()]
  assert len(reports) == len(names)
  return dict(zip(names, reports, strict=True))


def test_programs_do_what_they_do_in_a_session():
  reports = reports_of([name for name, mode in modes.MODES.items() if mode.tf1])
  suspects = [name for name, report in reports.items() if report['finds']]
  if suspects:  # a race in a Session shows itself once, a fault always
    reports |= reports_of(suspects)
  for report in reports.values():
    assert report['finds'] == {}
    assert report['verdicts']['equal'] > COUNT * 0.8
