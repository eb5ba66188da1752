"""Says which operations of a training stand on the parameter servers."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import run_config

v1 = tf.compat.v1

# What holds a state that the workers share, as the reference has it.
_OPS = (
  'AutoReloadVariable',
  'BoostedTreesEnsembleResourceHandleOp',
  'BoostedTreesQuantileStreamResourceHandleOp',
  'DecisionTreeResource',
  'MutableDenseHashTable',
  'MutableDenseHashTableV2',
  'MutableHashTable',
  'MutableHashTableOfTensors',
  'MutableHashTableOfTensorsV2',
  'MutableHashTableV2',
  'ResourceConditionalAccumulator',
  'VarHandleOp',
  'Variable',
  'VariableV2',
)


def device_fn(config: run_config.RunConfig) -> Callable[[Any], str] | None:
  """What `tf.Graph.device` gets for the graph of a training; None for no wish.

  Args:
    config: Its own `device_fn` has precedence.
  """
  if config.device_fn:
    return config.device_fn
  if config.train_distribute:
    return None  # A strategy places variables itself.
  return replica_device_setter(config)


def replica_device_setter(config: run_config.RunConfig) -> Any:
  """Places variables on the parameter servers of a RunConfig; None without."""
  if config.num_ps_replicas <= 0:
    return None
  task = f'/job:{config.task_type}/task:{config.task_id}'
  return v1.train.replica_device_setter(
    ps_tasks=config.num_ps_replicas,
    worker_device=task if config.task_type else '/job:worker',
    merge_devices=True,
    ps_ops=list(_OPS),
    cluster=config.cluster_spec,
  )
