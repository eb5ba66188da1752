"""Runs random programs of fixed seeds where v2 behavior is on."""

import pytest

from tests.fuzz import modes, piece

COUNT = 14
SEED = 2024


@pytest.mark.parametrize(
  'mode', [name for name, mode in modes.MODES.items() if not mode.tf1]
)
def test_programs_do_what_they_do_in_a_session(mode):
  report = piece.report(mode, COUNT, SEED, 'quick')
  if report['finds']:  # a race in a Session shows itself once, a fault always
    report = piece.report(mode, COUNT, SEED, 'quick')
  assert report['finds'] == {}
  assert report['verdicts']['equal'] > COUNT * 0.8
