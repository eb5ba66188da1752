"""Runs random programs of fixed seeds after `disable_v2_behavior`."""

import json

from tests import fresh
from tests.fuzz import modes

COUNT = 22
SEED = 2024
# One program of these shows a fault that is open: loops of both kinds of variables.
OPEN = ('train_tf1_both_v1',)


def test_programs_do_what_they_do_in_a_session():
  names = [
    name for name, mode in modes.MODES.items() if mode.tf1 and name not in OPEN
  ]
  printed = fresh.printed(
    '-m', 'tests.fuzz.piece', ','.join(names), COUNT, SEED, 'quick'
  )
  reports = [json.loads(line) for line in printed.splitlines()]
  assert len(reports) == len(names)
  for report in reports:
    assert report['finds'] == {}
    assert report['verdicts']['equal'] > COUNT * 0.8
