"""Variables of both kinds are used as in TF 1, with the same results."""

import os

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity


@pytest.mark.parametrize('use_resource', ['None', False, True])
@pytest.mark.parametrize('off', [True, False])
def test_uses(ours, reference, tmp_path, off, use_resource):
  """Fetches, writes in order, branches, averages: after each step, in a model."""
  got, expected = (
    side.call(
      'uses_of_variables',
      'uses',
      model_dir=os.fspath(tmp_path / side.name),
      off=off,
      use_resource=use_resource,
    )
    for side in (ours, reference)
  )

  comparison.assert_close(got, expected, 1e-5)


@pytest.mark.parametrize('off', [True, False])
def test_names(ours, reference, tmp_path, off):
  """So are the operations of the graph, and what is made of `w:0`."""
  got, expected = (
    side.call(
      'uses_of_variables',
      'names',
      model_dir=os.fspath(tmp_path / side.name),
      off=off,
    )
    for side in (ours, reference)
  )

  comparison.assert_close(got, expected, 1e-5)
