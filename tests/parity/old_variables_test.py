"""After disable_v2_behavior() names fetch, and exports hold, what they did."""

import os

import numpy as np
import pytest

pytestmark = pytest.mark.parity


def numbers(value):
  return np.asarray(value, np.float64).ravel()


def test_fetches_and_exports_are_the_same(ours, reference, tmp_path):
  """Each side also serves the other's export in a Session."""
  results = {
    side.name: side.call(
      'old_variables', 'export', model_dir=os.fspath(tmp_path / side.name)
    )
    for side in (ours, reference)
  }
  got, expected = results['ours'], results['reference']
  for run, wanted in zip(got['seen'], expected['seen'], strict=True):
    for value, other in zip(run, wanted, strict=True):
      np.testing.assert_allclose(value, other, 1e-5, 1e-6)
  for key in ('inputs', 'outputs', 'method', 'trainable', 'collections'):
    assert got[key] == expected[key], key
  assert [v[0] for v in got['variables']] == [
    v[0] for v in expected['variables']
  ]
  for mine, other in zip(got['variables'], expected['variables'], strict=True):
    np.testing.assert_allclose(numbers(mine[1]), numbers(other[1]), 1e-5, 1e-6)
  served = [
    side.call('old_variables', 'serve', path=result['path'])
    for side in (ours, reference)
    for result in results.values()
  ]
  np.testing.assert_allclose(served, [served[0]] * 4, rtol=1e-5)
