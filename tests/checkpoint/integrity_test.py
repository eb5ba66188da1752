"""Checks what is said to be wrong with a checkpoint."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import integrity, tensors

VALUES = {'a': np.arange(6.0), 'b': np.array([1, 2])}


@pytest.fixture
def prefix(tmp_path):
  """A sound checkpoint."""
  prefix = str(tmp_path / 'model.ckpt-1')
  tensors.write(prefix, VALUES)
  return prefix


def data(prefix):
  return f'{prefix}.data-00000-of-00001'


def write(path, change):
  with open(path, 'rb') as file:
    content = bytearray(file.read())
  with open(path, 'wb') as file:
    file.write(change(content))


def flip_last(content):
  content[-1] ^= 1
  return content


def test_a_sound_checkpoint_has_no_defect(prefix):
  """Neither its files nor its values have one."""
  assert integrity.defect(prefix) is None
  assert integrity.damaged_values(prefix) is None


DEFECTS = {
  'no index': (lambda p: tf.io.gfile.remove(p + '.index'), 'index file is m'),
  'cut index': (lambda p: write(p + '.index', lambda c: c[:9]), 'cannot be r'),
  'no data': (lambda p: tf.io.gfile.remove(data(p)), 'is missing'),
  'cut data': (lambda p: write(data(p), lambda c: c[:-1]), 'bytes where'),
}


@pytest.mark.parametrize('case', DEFECTS)
def test_files_show_a_defect(prefix, case):
  """It is told in words, without reading the values."""
  damage, words = DEFECTS[case]
  damage(prefix)

  assert words in integrity.defect(prefix)


def test_a_flipped_bit_shows_only_when_values_are_read(prefix):
  """The lengths are right; a checksum is not."""
  write(data(prefix), flip_last)

  assert integrity.defect(prefix) is None
  assert integrity.damaged_values(prefix)


@pytest.mark.parametrize(
  'error, is_damage',
  [
    (tf.errors.DataLossError(None, None, 'x'), True),
    (RuntimeError('Checksum does not match: stored 1'), True),
    (tf.errors.NotFoundError(None, None, 'x'), False),
    (ValueError('x'), False),
  ],
)
def test_errors_that_are_the_checkpoint_s_fault(prefix, error, is_damage):
  """Others are not, as long as the files look sound."""
  assert integrity.is_damage(error) == is_damage
  assert (integrity.damage(error, prefix) is not None) == is_damage
