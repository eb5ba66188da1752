"""Compares every head with what the reference's gives: tests/goldens/heads.jsonl.

Each property is one test over all cases; `record.py` writes the file.
"""

import json

import numpy as np
import pytest

from tests.heads import cases, libraries

# The reference's MultiHead splits the logits twice in evaluation, for nothing.
_SPLIT_TWICE = ('multi_head', 'eval')


@pytest.fixture(scope='module')
def recorded(goldens):
  lines = (goldens / 'heads.jsonl').read_text('utf-8').splitlines()
  return {(name, mode): seen for name, mode, seen in map(json.loads, lines)}


@pytest.fixture(scope='module')
def observed():
  return {
    (name, mode): seen
    for mode in cases.MODES
    for name, seen in cases.observe_all(libraries.OURS, mode).items()
  }


@pytest.fixture(
  params=[(name, mode) for name in cases.CASES for mode in cases.MODES],
  ids='-'.join,
)
def seen(request, recorded, observed):
  """What our head gives, and what the reference's gave."""
  reference = recorded[request.param]
  if request.param == _SPLIT_TWICE:
    for prediction in reference['predictions']:
      prediction[1] = prediction[1].replace('split_logits_1', 'split_logits')
  return observed[request.param], reference


@pytest.mark.eager
def test_structure(seen):
  """Predictions, metrics, exports, tags and variables agree by name."""
  ours, reference = seen

  for part in ('predictions', 'metrics', 'loss', 'exports', 'variables'):
    assert ours.get(part) == reference.get(part), part
  assert list(ours.get('tags', ())) == list(reference.get('tags', ()))


def test_values(seen):
  """Losses, metrics, predictions and trained variables agree."""
  ours, reference = seen

  assert ours.get('tags', {}) == pytest.approx(
    reference.get('tags', {}), rel=1e-6
  )
  assert sorted(ours['values']) == sorted(reference['values'])
  for part, expected in reference['values'].items():
    actual = ours['values'][part]
    assert actual[:2] == expected[:2], part
    if expected[0] == 'object':
      assert actual[2] == expected[2], part
    else:
      np.testing.assert_allclose(
        actual[2], expected[2], rtol=1e-5, atol=1e-6, err_msg=part
      )
