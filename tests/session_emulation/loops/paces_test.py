"""Tests who decides how many steps run in a loop."""

from tfcompat_estimator.session_emulation.loops import paces

OFFER = paces.Decision(steps=7)


def test_a_process_alone_takes_what_it_offers():
  """It shares its steps with nobody."""
  assert paces.ALONE.decide(None, lambda: OFFER) is OFFER
  assert paces.ALONE.allows_loops
  assert not paces.ALONE.is_shared


def test_loops_may_not_be_allowed():
  """Where others count the same global step."""
  assert not paces.NEVER.allows_loops
  assert paces.Decision() == (0, False, False)
