"""Compares what calls of old modules give with what they gave on TF 2.15."""

import json
import pathlib

import pytest

import tfcompat_estimator
from tests.migration.old_paths import record

RECORDED = dict(
  json.loads(line)
  for line in (
    pathlib.Path(__file__).parents[2] / 'goldens' / 'old_calls.jsonl'
  )
  .read_text()
  .splitlines()
)
# Messages that begin in another way: name -> with what.
OTHER_WORDS = {
  'call_loss_fn scalar': 'ValueError: Dimensions must be equal',
  'spec loss': 'ValueError: Missing loss.',
  'spec predictions': 'ValueError: Missing predictions.',
}


def test_all_calls_are_recorded():
  """There is something to compare each call with."""
  assert set(RECORDED) == set(record.CALLS)


@pytest.mark.parametrize('name', record.CALLS)
def test_call(name):
  """The same value, or the same type of error that begins in the same words."""
  with tfcompat_estimator.install():
    found = record.call(name)

  if name in OTHER_WORDS:
    assert found.startswith(OTHER_WORDS[name])
    assert RECORDED[name].startswith(OTHER_WORDS[name])
  else:
    assert json.loads(json.dumps(found)) == RECORDED[name]
