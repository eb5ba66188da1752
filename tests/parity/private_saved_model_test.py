"""A SavedModelEstimator goes on to the same on both sides."""

import shutil

import pytest

from tests.parity import comparison

pytestmark = pytest.mark.parity

PROGRAM = 'private_saved_model'


@pytest.mark.parametrize('writer', ['ours', 'reference'])
def test_both_sides_go_on_alike(ours, reference, writer, tmp_path):
  """From the SavedModel of either side, moved to another folder."""
  side = {'ours': ours, 'reference': reference}[writer]
  written = side.call(PROGRAM, 'export', folder=str(tmp_path / 'written'))
  path = str(shutil.move(written, tmp_path / 'moved'))

  actual = ours.call(PROGRAM, 'go_on', path=path)

  comparison.assert_close(
    actual, reference.call(PROGRAM, 'go_on', path=path), 1e-5
  )


def test_both_sides_refuse_the_same(ours, reference, tmp_path):
  """Modes that were not exported, and features of other names."""
  found = [
    side.call(PROGRAM, 'refusals', folder=str(tmp_path / side.name))
    for side in (ours, reference)
  ]

  assert found[0] == found[1]
