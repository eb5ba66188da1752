"""Compares whole runs of train_and_evaluate with those of the reference."""

import json

import pytest

_KINDS = ('whole', 'stopped', 'throttled')
_EXACT = ('files', 'events', 'checkpoint', 'variables', 'signatures')


@pytest.fixture(scope='module')
def runs(ours):
  """What the program's runs return and leave behind on this TensorFlow."""
  return ours.call('train_and_evaluate', 'run_all')


@pytest.fixture(scope='module')
def recorded(goldens):
  """What they did on the reference."""
  path = goldens / 'train_and_evaluate.json'
  return json.loads(path.read_text('utf-8'))


@pytest.mark.parametrize('kind', _KINDS)
@pytest.mark.parametrize('part', _EXACT)
def test_what_is_written(runs, recorded, kind, part):
  """Files, events by tag and step, checkpoints and signatures are the same."""
  assert runs[kind][part] == recorded[kind][part]


@pytest.mark.parametrize('kind', _KINDS)
def test_what_is_returned(runs, recorded, kind):
  """Metrics agree within 1e-6, exports are where the reference puts them."""
  for actual, expected in zip(
    runs[kind]['returned'], recorded[kind]['returned'], strict=True
  ):
    assert actual['paths'] == expected['paths']
    assert list(actual['metrics']) == list(expected['metrics'])
    assert actual['metrics'] == pytest.approx(expected['metrics'], rel=1e-6)
