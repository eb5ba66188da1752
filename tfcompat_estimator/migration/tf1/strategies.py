"""Makes strategies from the arguments that `tf.contrib.distribute` took."""

from typing import Any, NamedTuple

import tensorflow as tf

v1 = tf.compat.v1


class DistributeConfig(NamedTuple):
  """What `RunConfig(experimental_distribute=...)` takes.

  Attributes:
    train_distribute: The strategy of training.
    eval_distribute: The strategy of evaluation.
    remote_cluster: A cluster that the program is no task of; must be None.
  """

  train_distribute: Any = None
  eval_distribute: Any = None
  remote_cluster: Any = None


def MirroredStrategy(  # noqa: N802  # a class to programs
  devices: Any = None,
  num_gpus: int | None = None,
  num_gpus_per_worker: int | None = None,
  cross_device_ops: Any = None,
  auto_shard_dataset: bool = False,
  cross_tower_ops: Any = None,
) -> Any:
  """`tf.distribute.MirroredStrategy` of given devices, or of so many GPUs.

  Args:
    devices: Their names.
    num_gpus: The first so many GPUs.
    num_gpus_per_worker: Another name of `num_gpus`.
    cross_device_ops: How replicas sum.
    auto_shard_dataset: Is not read: an input_fn shards by its context.
    cross_tower_ops: An old name of `cross_device_ops`.

  Raises:
    ValueError: Devices and their number are both given.
  """
  count = num_gpus if num_gpus is not None else num_gpus_per_worker
  if devices is not None and count is not None:
    raise ValueError('Must only specify one of `devices` and `num_gpus`.')
  if count:
    there = tf.config.list_physical_devices('GPU')
    if count > len(there):
      raise ValueError(
        f'`num_gpus` ({count}) must be at most the number of GPUs here, '
        f'{len(there)}. Give fewer, or None for all.'
      )
    devices = [f'/gpu:{index}' for index in range(count)]
  elif count == 0:
    devices = ['/cpu:0']
  return v1.distribute.MirroredStrategy(
    devices=devices, cross_device_ops=cross_device_ops or cross_tower_ops
  )


def CollectiveAllReduceStrategy(  # noqa: N802  # a class to programs
  num_gpus_per_worker: int = 0, communication: Any = None
) -> Any:
  """`tf.distribute.MultiWorkerMirroredStrategy`, which took its place."""
  return tf.distribute.MultiWorkerMirroredStrategy()


def ParameterServerStrategy(num_gpus_per_worker: int = 0) -> Any:  # noqa: N802  # a class to programs
  """`tf.compat.v1.distribute.experimental.ParameterServerStrategy`."""
  return v1.distribute.experimental.ParameterServerStrategy()


def AllReduceCrossDeviceOps(  # noqa: N802  # a class to programs
  all_reduce_alg: str = 'nccl',
  num_packs: int = 1,
  agg_small_grads_max_bytes: int = 0,
  agg_small_grads_max_group: int = 10,
) -> Any:
  """How replicas sum: by NCCL, or by a hierarchy of copies."""
  if all_reduce_alg == 'nccl':
    return tf.distribute.NcclAllReduce(num_packs)
  return tf.distribute.HierarchicalCopyAllReduce(num_packs)
