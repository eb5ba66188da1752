"""Tests strategies by the arguments of `tf.contrib.distribute`."""

import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1 import strategies

pytestmark = pytest.mark.eager


def test_a_mirrored_strategy_of_no_gpu():
  """It is of the CPU; more GPUs than there are, are refused."""
  strategy = strategies.MirroredStrategy(num_gpus=0)
  many = len(tf.config.list_physical_devices('GPU')) + 1

  (device,) = strategy.extended.worker_devices
  assert device.endswith('/device:CPU:0')
  with pytest.raises(ValueError, match='num_gpus'):
    strategies.MirroredStrategy(num_gpus=many)
  with pytest.raises(ValueError, match='only specify one'):
    strategies.MirroredStrategy(['/cpu:0'], num_gpus=1)


def test_how_replicas_sum():
  """By NCCL or by a hierarchy of copies."""
  by_nccl = strategies.AllReduceCrossDeviceOps()
  by_copies = strategies.AllReduceCrossDeviceOps('hierarchical_copy')

  assert isinstance(by_nccl, tf.distribute.NcclAllReduce)
  assert isinstance(by_copies, tf.distribute.HierarchicalCopyAllReduce)
