"""Trains models on two logical CPUs, side by side from the same checkpoints."""

import os
import shutil

import numpy as np
import pytest

from tests.parity.programs import distribution

pytestmark = pytest.mark.parity

STEPS = 5
# The reference cannot train these under a strategy: it refuses new-style
# optimizers, and fails to read its input for the baseline, to save moving
# averages by objects for the Keras model.
OURS_ONLY = (
  'v2 dnn new adam',
  'v2 dnn keras 3 adam',
  'v2 baseline',
  'keras model',
)
BOTH = tuple(name for name in distribution.MODELS if name not in OURS_ONLY)
# One device with twice the batch takes the same steps, but where something looks
# at the batch of a replica (batch normalization, clipping) or adds up its losses
# (the v1 canned ones).
AS_ONE_DEVICE = (
  'custom sgd',
  'custom adam',
  'v2 dnn sgd',
  'v2 dnn adam',
  'v2 dnn new adam',
  'v2 dnn keras 3 adam',
  'v2 dnn embedding',
  'v2 dnn regressor',
  'v2 linear',
  'v2 linear categorical',
  'v2 combined',
  'v2 baseline',
  'v2 rnn',
)


def folder_of(root, side, name):
  return os.fspath(root / side / name.replace(' ', '_').replace(',', ''))


@pytest.fixture(scope='module')
def results(ours, reference, tmp_path_factory):
  """What each model's training ends with: here, in the reference, and alone."""
  root = tmp_path_factory.mktemp('distribution')

  def train(side, where, names, steps=STEPS, **how):
    folders = [folder_of(root, where, name) for name in names]
    return side.call(
      'distribution',
      'run_all',
      names=names,
      folders=folders,
      steps=steps,
      **how,
    )

  train(reference, 'reference', BOTH, steps=2)
  train(ours, 'reference', OURS_ONLY, steps=2)
  for where in ('ours', 'alone'):
    shutil.copytree(root / 'reference', root / where)
  return {
    'reference': train(reference, 'reference', BOTH),
    'ours': train(ours, 'ours', tuple(distribution.MODELS), one_device=False),
    'alone': train(ours, 'alone', AS_ONE_DEVICE, mirrored=False),
  }


def assert_close(actual, expected, tolerance=1e-5):
  assert set(actual) == set(expected)
  for key, value in expected.items():
    np.testing.assert_allclose(
      actual[key], value, rtol=tolerance, atol=tolerance, err_msg=key
    )


@pytest.mark.parametrize('name', distribution.MODELS)
def test_it_trains(results, name):
  """No model is left out, sparse gradients and new optimizers included."""
  result = results['ours'][name]
  assert 'error' not in result, result
  assert len(result['losses']) == STEPS
  assert isinstance(result['metrics'], dict), result['metrics']


@pytest.mark.parametrize('name', BOTH)
def test_losses_and_variables_agree(results, name):
  """Each loss that is reported, each key and value of the checkpoint."""
  ours, reference = (results[side][name] for side in ('ours', 'reference'))
  np.testing.assert_allclose(ours['losses'], reference['losses'], rtol=1e-5)
  assert_close(ours['variables'], reference['variables'])


@pytest.mark.parametrize('name', BOTH)
def test_metrics_agree(results, name):
  """But for accuracy_baseline, which the reference gets wrong."""
  ours, reference = (
    results[side][name]['metrics'] for side in ('ours', 'reference')
  )
  if isinstance(reference, str):
    assert name.startswith('v1')
    assert 'PerReplica' in reference  # the reference cannot evaluate it
    return
  mean = ours.get('label/mean', 0)
  assert ours.pop('accuracy_baseline', 1) >= max(mean, 1 - mean) - 1e-6
  reference.pop('accuracy_baseline', None)
  assert_close(ours, reference)


@pytest.mark.parametrize('name', AS_ONE_DEVICE)
def test_two_replicas_equal_one_device(results, name):
  """One device goes on from the checkpoint of two, with twice the batch."""
  ours, alone = (results[side][name]['variables'] for side in ('ours', 'alone'))
  assert 'error' not in results['alone'][name], results['alone'][name]
  assert_close({key: ours[key] for key in alone}, alone)


def test_table(results, record_property):
  """Prints what was compared."""
  rows = [f'{"Mirrored on 2 logical CPUs":36}{"ours":>12}{"reference":>12}']
  for name in distribution.MODELS:
    losses = [
      results[side].get(name, {}).get('losses', [float('nan')])[-1]
      for side in ('ours', 'reference')
    ]
    rows.append(f'{name:36}' + ''.join(f'{loss:12.6f}' for loss in losses))
  record_property('table', '\n'.join(rows))
