"""Tests values of a checkpoint as they go into a Keras model."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import tensors
from tfcompat_estimator.migration.conversion import trained_values

KERNEL = np.float32([[1, 2], [3, 4]])


@pytest.fixture(name='values')
def fixture_values(tmp_path):
  path = str(tmp_path / 'model.ckpt-1')
  slot = np.full_like(KERNEL, 8)
  tensors.write(path, {'dnn/kernel': KERNEL, 'dnn/kernel/Adagrad': slot})
  estimator = types.SimpleNamespace(model_dir=str(tmp_path))
  return trained_values.Values(estimator, path)


def test_a_variable_by_its_name(values):
  """With the shape that the model wants."""
  assert values.has('dnn/kernel')
  assert not values.has('dnn/bias')
  np.testing.assert_array_equal(values.of('dnn/kernel', [2, 2]), KERNEL)


def test_a_checkpoint_of_another_model(values):
  """Names what is missing, or of which shape it is."""
  with pytest.raises(ValueError, match="has no 'dnn/bias'.*dnn/kernel"):
    values.of('dnn/bias')
  with pytest.raises(ValueError, match=r'shape \[2, 2\] .* and \[3\]'):
    values.of('dnn/kernel', [3])


@pytest.mark.eager
def test_slots_are_read_by_the_names_of_variables(values):
  """Scaled; what is not there has the first value, in the variable's shape."""
  slots = trained_values.Slots(
    values, {'dnn/kernel': 'dnn/kernel/Adagrad'}, first=0.1, scale=0.5
  )
  variable = tf.Variable(tf.zeros([2, 2]))
  slots.assign([variable], ['dnn/kernel'])

  np.testing.assert_array_equal(variable, np.full([2, 2], 4))
  missing = trained_values.Slots(values, {}, first=0.5, scale=1.0)
  np.testing.assert_array_equal(missing.of('dnn/kernel'), np.full([2, 2], 0.5))


def test_there_is_no_checkpoint(tmp_path):
  """It says whether none was given, or a wrong one."""
  estimator = types.SimpleNamespace(model_dir=str(tmp_path))

  with pytest.raises(ValueError, match="Couldn't find trained model"):
    trained_values.Values(estimator, None)
  with pytest.raises(ValueError, match='checkpoint_path .* must be'):
    trained_values.Values(estimator, str(tmp_path / 'model.ckpt-2'))
