"""Trains random canned estimators side by side from the same checkpoints."""

import os
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.parity

SEEDS = range(20)
STEPS = 50


@pytest.fixture(scope='module')
def losses(ours, reference, tmp_path_factory):
  """The losses of each seed on both sides, from the reference's checkpoint."""
  root = tmp_path_factory.mktemp('canned')
  folders = {
    side: {str(seed): os.fspath(root / side / str(seed)) for seed in SEEDS}
    for side in ('reference', 'ours')
  }
  reference.call('canned', 'train', folders=folders['reference'], steps=1)
  shutil.copytree(root / 'reference', root / 'ours')
  return [
    side.call('canned', 'train', folders=folders[side.name], steps=STEPS)
    for side in (ours, reference)
  ]


@pytest.mark.parametrize('seed', SEEDS)
def test_losses_agree(losses, seed):
  """Every loss of 50 steps, within 1e-4 of the reference's."""
  ours, reference = (side[str(seed)] for side in losses)

  assert len(reference) == STEPS
  np.testing.assert_allclose(ours, reference, rtol=1e-4)
