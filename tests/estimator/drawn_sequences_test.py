"""Tests sequences of calls, drawn at random, with kept graphs against fresh ones."""

import pytest

from tests.estimator import drawn_sequences, keeping

# 320 has found something; the others have many calls that use a graph again.
NUMBERS = [320, 322, 329]


@pytest.mark.eager
@pytest.mark.parametrize('number', NUMBERS)
def test_a_sequence_is_that_of_fresh_graphs(
  number, tmp_path, monkeypatch, hits
):
  """Whatever happens between its calls; `drawn_sequences.py` says what may."""
  kept = drawn_sequences.outcome(number, str(tmp_path / 'kept_'))
  assert hits
  monkeypatch.setenv(keeping.SWITCH, '0')
  fresh = drawn_sequences.outcome(number, str(tmp_path / 'fresh'))
  keeping.assert_equal(kept, fresh)
