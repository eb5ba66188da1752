"""Tests what `tf.contrib.eager` had of its own."""

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import eager

pytestmark = pytest.mark.eager


def test_a_saver_without_a_session(tmp_path):
  """Variables go to a checkpoint by their names, and come back."""
  variable = eager.Variable([1.0, 2.0], name='w')
  saver = eager.Saver([variable])
  path = saver.save(str(tmp_path / 'model'), global_step=7)
  variable.assign([0.0, 0.0])
  saver.restore(path)

  assert path.endswith('-7')
  assert variable.numpy().tolist() == [1.0, 2.0]


def test_an_iterator_goes_through_a_dataset():
  """As Python does."""
  elements = eager.Iterator(tf.data.Dataset.range(3))

  assert [int(each) for each in elements] == [0, 1, 2]


def test_devices():
  """Their names, and how many are GPUs."""
  assert any('CPU:0' in name for name in eager.list_devices())
  assert eager.num_gpus() == len(tf.config.list_physical_devices('GPU'))
