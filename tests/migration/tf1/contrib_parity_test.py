"""Compares tf.contrib here with that of TensorFlow 1.15."""

import shutil

import numpy as np
import pytest

from tests.migration.tf1 import record
from tests.parity import sides


def check_same(got, expected, path=''):
  """Fails where two nests differ; floats may by 1e-5."""
  if isinstance(expected, dict):
    assert sorted(got) == sorted(expected), path
    for key, value in expected.items():
      check_same(got[key], value, f'{path}/{key}')
  elif isinstance(expected, list):
    assert len(got) == len(expected), path
    for index, pair in enumerate(zip(got, expected, strict=True)):
      check_same(*pair, f'{path}/{index}')
  elif isinstance(expected, np.ndarray) and expected.dtype.kind == 'f':
    np.testing.assert_allclose(got, expected, 2e-5, 2e-6, err_msg=path)
  else:
    np.testing.assert_array_equal(got, expected, err_msg=path)


@pytest.fixture(scope='module', name='functions')
def fixture_functions():
  return sides.ours_of_tf1(record.PROGRAMS).call('functions', 'all_of_them')


PARTS = (
  'crf',
  'one_step_crf',
  'cells',
  'convolutions',
  'optimized',
  'dense_optimizers',
  'sparse_optimizers',
  'losses',
  'images',
  'tables',
  'streaming',
)


@pytest.mark.parametrize('part', PARTS)
def test_functions_give_the_numbers_of_1_15(functions, part):
  """Results, gradients, and the names and values of variables are equal."""
  golden = sides.read(str(record.GOLDENS / 'functions'))

  check_same(functions[part], golden[part])


@pytest.fixture(scope='module', name='sequences')
def fixture_sequences():
  return sides.ours_of_tf1(record.PROGRAMS).call('sequences', 'all_of_them')


@pytest.mark.parametrize(
  'part', ['training', 'history', 'greedy', 'beams', 'rare_cells', 'lists']
)
def test_decoders_give_the_numbers_of_1_15(sequences, part):
  """Outputs, lengths, states, gradients and variables are equal."""
  golden = sides.read(str(record.GOLDENS / 'sequences'))

  check_same(sequences[part], golden[part])


def test_rnn_classifiers_go_on_from_checkpoints_of_1_15(tmp_path):
  """Metrics and predictions are equal, and so is all after further steps."""
  folder = tmp_path / 'models'
  shutil.copytree(record.GOLDENS / 'rnn_model_dirs', folder)
  golden = sides.read(str(record.GOLDENS / 'rnn_after'))

  got = sides.ours_of_tf1(record.PROGRAMS).call(
    'estimators', 'train_rnns', folder=str(folder), steps=4
  )

  check_same(got, golden)


@pytest.mark.parity
@pytest.mark.parametrize('program', ['functions', 'sequences'])
def test_goldens_are_what_1_15_says(program):
  """TensorFlow 1.15 itself gives the recorded numbers."""
  side = sides.tensorflow_1(record.PROGRAMS)

  check_same(
    side.call(program, 'all_of_them'),
    sides.read(str(record.GOLDENS / program)),
  )
