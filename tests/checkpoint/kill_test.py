"""Kills training and exporting at random moments; nothing may be lost."""

import pathlib
import random

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import nursery as nursery_lib
from tests.checkpoint import small_model
from tfcompat_estimator.checkpoint import soundness, source

pytestmark = pytest.mark.slow

KILLS = 50
STEPS = 300


@pytest.fixture(scope='module')
def nursery():
  with nursery_lib.Nursery() as running:
    yield running


@pytest.fixture(scope='module')
def undisturbed(nursery, tmp_path_factory):
  """A function from a step to the variables that training has there."""
  model_dir = str(tmp_path_factory.mktemp('undisturbed') / 'model')
  nursery.run('train', model_dir, STEPS, {'keep_checkpoint_max': None})

  def variables(step):
    reader = tf.train.load_checkpoint(f'{model_dir}/model.ckpt-{step}')
    return {
      name: reader.get_tensor(name)
      for name in reader.get_variable_to_shape_map()
    }

  return variables


@pytest.mark.parametrize('keep', [1, 5])
def test_training_resumes_exactly(keep, nursery, undisturbed, tmp_path):
  """After each kill the directory has the variables of an undisturbed run."""
  seed = random.randrange(10**6)
  print('seed', seed)
  moments = random.Random(seed)
  config = {'keep_checkpoint_max': keep}
  model_dir = str(tmp_path / '0')
  killed = reached = 0
  for round_number in range(KILLS):
    status = nursery.run(
      'train',
      model_dir,
      STEPS,
      config,
      kill_after=moments.choice([0.2, 0.5, 1]) + moments.random(),
    )
    killed += status == 9
    latest = source.latest(model_dir)
    if latest is None:
      assert not list(pathlib.Path(model_dir).glob('*.index')), round_number
      continue
    assert soundness.damaged_values(latest) is None
    step = int(latest.removesuffix('.kept').split('-')[-1])
    small_model.assert_same(small_model.values(model_dir), undisturbed(step))
    assert step >= reached
    reached = step
    if step == STEPS:
      model_dir, reached = str(tmp_path / str(round_number + 1)), 0

  assert killed > KILLS / 2
  assert nursery.run('train', model_dir, STEPS, config) == 0
  small_model.assert_same(small_model.values(model_dir), undisturbed(STEPS))
  names = {p.name for p in pathlib.Path(model_dir).iterdir()}
  assert not [n for n in names if 'temp' in n or 'tmp' in n or 'kept' in n]
  assert len([n for n in names if n.endswith('.index')]) == keep


def test_exports_are_complete(nursery, tmp_path):
  """After each kill there are complete versions only, beside temporary ones."""
  moments = random.Random()
  model_dir = str(tmp_path / 'model')
  base = tmp_path / 'export'
  nursery.run('train', model_dir, 3, {})
  for _ in range(KILLS):
    nursery.run(
      'export_forever',
      model_dir,
      str(base),
      kill_after=moments.choice([0.5, 1, 2]) + moments.random(),
    )
  assert nursery.run('export_once', model_dir, str(base)) == 0

  versions = list(base.iterdir())
  assert len(versions) > 3
  for version in versions:
    assert version.name.isdigit()
    files = {p.relative_to(version).as_posix() for p in version.rglob('*.*')}
    assert files == {
      'saved_model.pb',
      'assets.extra',
      'assets.extra/notes.txt',
      'variables/variables.index',
      'variables/variables.data-00000-of-00001',
    }
    assert soundness.damaged_values(f'{version}/variables/variables') is None
  served = tf.saved_model.load(str(versions[0])).signatures['serving_default']
  assert np.isfinite(served(x=tf.constant(small_model.X))['y']).all()
