"""Variables of both kinds are used as in TF 1, with the same results."""

import os

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity


def assert_same(sides, function, tmp_path, **arguments):
  """Compares what a function of the program returns on both sides."""
  got, expected = (
    side.call(
      'uses_of_variables',
      function,
      model_dir=os.fspath(tmp_path / side.name),
      **arguments,
    )
    for side in sides
  )

  comparison.assert_close(got, expected, 1e-5)


@pytest.mark.parametrize('use_resource', ['None', False, True])
@pytest.mark.parametrize('off', [True, False])
def test_uses(ours, reference, tmp_path, off, use_resource):
  """Fetches, writes in order, branches, averages: after each step, in a model."""
  sides = (ours, reference)
  assert_same(sides, 'uses', tmp_path, off=off, use_resource=use_resource)


@pytest.mark.parametrize('off', [True, False])
def test_names(ours, reference, tmp_path, off):
  """So are the operations of the graph, and what is made of `w:0`."""
  assert_same((ours, reference), 'names', tmp_path, off=off)
