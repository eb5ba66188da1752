"""Kills training and exporting at random moments; nothing may be lost."""

import pathlib
import random
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import nursery as nursery_lib
from tests.checkpoint import small_model
from tfcompat_estimator.checkpoint import checkpoint_source, integrity
from tfcompat_estimator.hooks import eval_metrics

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
    latest = checkpoint_source.latest(model_dir)
    if latest is None:
      assert not list(pathlib.Path(model_dir).glob('*.index')), round_number
      continue
    assert integrity.damaged_values(latest) is None
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


EXPORTED = {
  'saved_model.pb',
  'variables/variables.index',
  'variables/variables.data-00000-of-00001',
}


def files_of(version):
  """The files of a version, whose variables must all be readable."""
  assert integrity.damaged_values(f'{version}/variables/variables') is None
  return {p.relative_to(version).as_posix() for p in version.rglob('*.*')}


def step_of(version):
  """The global step of an exported model."""
  return tf.train.load_variable(f'{version}/variables/variables', 'global_step')


def test_train_and_evaluate_goes_on(nursery, undisturbed, tmp_path):
  """Killed at random moments, it ends as if nothing had happened.

  The loss falls at each step, so the best model is always the last one.
  """
  moments = random.Random()
  model_dir = tmp_path / 'model'
  killed = best = 0
  for _ in range(KILLS):
    killed += (
      nursery.run(
        'train_and_evaluate',
        str(model_dir),
        STEPS,
        kill_after=moments.choice([1, 2, 4]) + moments.random(),
      )
      == 9
    )
    for version in model_dir.glob('export/*/[0-9]*'):
      assert files_of(version) == EXPORTED
    steps = [step_of(v) for v in model_dir.glob('export/best/[0-9]*')]
    assert max(steps, default=0) >= best
    best = max(steps, default=0)
    # Whatever was cut off, the metrics before it can be read.
    eval_metrics.read_eval_metrics(str(model_dir / 'eval'))
    if (checkpoint_source.latest(str(model_dir)) or '').endswith(f'-{STEPS}'):
      # Training is over; another call would end at once.
      shutil.rmtree(model_dir)
      best = 0

  assert killed > KILLS / 2
  assert nursery.run('train_and_evaluate', str(model_dir), STEPS) == 0
  small_model.assert_same(small_model.values(model_dir), undisturbed(STEPS))
  for name, count in (('latest', 2), ('best', 2), ('final', 1)):
    versions = sorted((model_dir / 'export' / name).iterdir())
    assert len(versions) == count
    assert step_of(versions[-1]) == STEPS
  metrics = eval_metrics.read_eval_metrics(str(model_dir / 'eval'))
  losses = [values['loss'] for values in metrics.values()]
  assert list(metrics)[-1] == STEPS
  assert losses == sorted(losses, reverse=True)


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
    assert files_of(version) == EXPORTED | {
      'assets.extra',
      'assets.extra/notes.txt',
    }
  served = tf.saved_model.load(str(versions[0])).signatures['serving_default']
  assert np.isfinite(served(x=tf.constant(small_model.X))['y']).all()
