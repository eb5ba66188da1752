"""Either side goes on from what the other trained with early stopping."""

import shutil

import pytest

pytestmark = pytest.mark.parity


def _train(side, model_dir, steps, stop):
  return side.call(
    'train_and_evaluate', 'hooked', model_dir=model_dir, steps=steps, stop=stop
  )


@pytest.mark.parametrize('writer', ['ours', 'reference'])
def test_checkpoints_go_both_ways(writer, ours, reference, model_dir):
  """A stopped training resumes on both sides, to the same values."""
  sides = {'ours': ours, 'reference': reference}
  step, _, stopped = _train(sides[writer], model_dir, 5, stop=True)
  assert (step, stopped) == (1, True)
  copy = shutil.copytree(model_dir, model_dir + '_copy')
  results = [
    _train(side, path, 4, stop=False)
    for side, path in ((ours, model_dir), (reference, copy))
  ]
  assert results[0][::2] == results[1][::2] == [5, True]
  assert results[0][1] == pytest.approx(results[1][1], rel=1e-6)
