"""Programs that subclass Estimator run the same on both sides."""

import numpy as np
import pytest

pytestmark = pytest.mark.parity

PROGRAMS = {
  'a training loop of its own': ('own_loop', {'how': 'lambda'}),
  'a graph of its own': ('own_graph', {'how': 'static'}),
  'iterations around train': ('growing', {}),
  'input, hooks and evaluation of its own': ('workers', {}),
  'a TPUEstimator': ('on_cores', {}),
}


def assert_same(got, expected, where='result'):
  """Numbers may differ in their last bits."""
  if isinstance(expected, dict):
    assert got.keys() == expected.keys(), where
    for key in expected:
      assert_same(got[key], expected[key], f'{where}[{key}]')
  elif isinstance(expected, list):
    assert len(got) == len(expected), (where, got, expected)
    for index, pair in enumerate(zip(got, expected, strict=True)):
      assert_same(*pair, f'{where}[{index}]')
  elif isinstance(expected, float):
    np.testing.assert_allclose(got, expected, 1e-5, 1e-6, err_msg=where)
  else:
    assert got == expected, where


@pytest.mark.parametrize('program', PROGRAMS)
def test_a_subclass_runs_the_same(program, ours, reference, tmp_path):
  """Losses, saves, metrics, predictions, exports and what was called."""
  function, arguments = PROGRAMS[program]
  got, expected = (
    side.call(
      'subclasses', function, model_dir=str(tmp_path / side.name), **arguments
    )
    for side in (ours, reference)
  )
  assert_same(got, expected)


@pytest.mark.parametrize('kind', ['v1', 'v2', 'canned v1', 'canned v2'])
def test_methods_call_each_other_the_same(kind, ours, reference, tmp_path):
  """In the same order, with the same arguments and results."""
  got, expected = (
    side.call(
      'subclasses',
      'calls',
      kind=kind,
      model_dir=str(tmp_path / side.name / 'model'),
    )
    for side in (ours, reference)
  )
  assert_same(got, expected)


def test_the_same_overrides_are_refused(ours, reference):
  """Of members that the reference has, in each class."""
  got = ours.call('subclasses', 'refused')
  expected = reference.call('subclasses', 'refused')
  for case, members in expected.items():
    known = got[case].keys() & members
    assert len(known) > 25
    assert {name: got[case][name] for name in known} == {
      name: members[name] for name in known
    }
