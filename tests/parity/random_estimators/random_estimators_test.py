"""Random custom models beside TensorFlow 2.15.1."""

import json

import pytest

from tests.parity.random_estimators import batches

pytestmark = pytest.mark.parity

# Batches of each kind; `python -m tests.parity.random_estimators` runs more.
COUNTS = {
  'custom': 1,
  'custom_v1': 1,
  'custom_mirrored': 1,
  'keras': 1,
  'keras_mirrored': 1,
  'canned': 1,
  'canned_v1': 1,
  'canned_mirrored': 1,
}
# What the reference refuses, or both: nothing to compare.
FINE = ('equal', 'raced', 'both fail', 'only here')
BATCHES = [(k, i) for k, n in COUNTS.items() for i in range(1, n + 1)]


@pytest.mark.parametrize('kind, number', BATCHES)
def test_batch(kind, number, ours, reference):
  """Losses, variables, metrics, predictions, events, exports; most are equal."""
  cases = batches.cases_of(kind, batches.SIZE, number)

  results = batches.compare(kind, cases, ours, reference)

  wrong = [
    f'{verdict}\n{json.dumps(case)}\n{text[:2000]}'
    for case, (verdict, text) in zip(cases, results, strict=True)
    if verdict not in FINE
  ]
  assert not wrong, '\n\n'.join(wrong)
  equal = sum(verdict == 'equal' for verdict, _ in results)
  assert equal > len(cases) / 2
