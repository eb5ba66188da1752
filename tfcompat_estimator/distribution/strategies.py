"""Knows the strategies of tf.distribute that a RunConfig may have."""

import contextlib
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import sparse_gradients
from tfcompat_estimator.records import modes

v1 = tf.compat.v1

_KINDS = (tf.distribute.Strategy, v1.distribute.Strategy)
_MULTI_WORKER = (
  tf.distribute.MultiWorkerMirroredStrategy,
  v1.distribute.experimental.MultiWorkerMirroredStrategy,
)
_OF_ONE_PROCESS = (
  tf.distribute.MirroredStrategy,
  v1.distribute.MirroredStrategy,
  tf.distribute.OneDeviceStrategy,
  v1.distribute.OneDeviceStrategy,
  tf.distribute.experimental.CentralStorageStrategy,
  v1.distribute.experimental.CentralStorageStrategy,
)
_TPU = (
  tf.distribute.TPUStrategy,
  tf.distribute.experimental.TPUStrategy,
  v1.distribute.experimental.TPUStrategy,
)


def check(strategy: Any) -> None:
  """Checks what a `RunConfig` has as train_distribute or eval_distribute.

  Raises:
    TypeError: It is no strategy.
    ValueError: It needs a coordinator.
    NotImplementedError: It is for TPUs.
  """
  if not isinstance(strategy, _KINDS):
    raise TypeError(
      'train_distribute and eval_distribute of a RunConfig must be a '
      f'tf.distribute.Strategy. Given: {strategy!r}.'
    )
  if isinstance(strategy, _TPU):
    raise NotImplementedError(
      f'{strategy!r} in a RunConfig: TPUs are not supported. Use '
      'tf.distribute.MirroredStrategy, or leave it out.'
    )
  if isinstance(strategy, tf.distribute.ParameterServerStrategy):
    raise ValueError(
      f'{strategy!r} in a RunConfig: it needs a ClusterCoordinator, which '
      'Estimator never had. For parameter servers leave train_distribute out, '
      'or use tf.compat.v1.distribute.experimental.ParameterServerStrategy(); '
      'the "ps" in "cluster" of TF_CONFIG are used.'
    )


def check_role(config: Any) -> None:
  """Checks that a process that trains knows its role in the cluster.

  Raises:
    ValueError: TF_CONFIG has a cluster, and nobody has read the task.
    NotImplementedError: The cluster is to be driven by another process.
  """
  mode = getattr(config, '_distribute_coordinator_mode', None)
  if mode == 'independent_worker':
    raise ValueError(
      'With a cluster in TF_CONFIG and a train_distribute in the RunConfig, '
      'call tf.estimator.train_and_evaluate in each process, not `train`: it '
      'gives the process its role.'
    )
  if mode == 'standalone_client':
    raise NotImplementedError(
      'experimental_distribute.remote_cluster of a RunConfig is not supported. '
      'Start the program in each process of the cluster, with TF_CONFIG, and '
      'call tf.estimator.train_and_evaluate.'
    )


def replicas_here(strategy: Any) -> int:
  """How many replicas this process trains."""
  return len(strategy.extended.worker_devices)


def is_multi_worker(strategy: Any) -> bool:
  """Whether the replicas of other processes take part in each step."""
  if not isinstance(strategy, _MULTI_WORKER):
    return False
  return bool(strategy.extended._in_multi_worker_mode())  # noqa: SLF001


def is_on_cpus(strategy: Any) -> bool:
  """Whether all replicas of this process are on CPUs."""
  devices = strategy.extended.worker_devices
  return all('CPU' in device.upper() for device in devices)


def is_of_one_process(strategy: Any) -> bool:
  """Whether it shares no variables with other processes."""
  return isinstance(strategy, _OF_ONE_PROCESS)


def refuse_replicas(what: str) -> None:
  """Raises where a model is called that one replica only can train.

  Args:
    what: The model, in words.

  Raises:
    NotImplementedError: The current strategy has several replicas.
  """
  strategy = tf.distribute.get_strategy()
  if strategy.num_replicas_in_sync > 1:
    raise NotImplementedError(
      f'{what} cannot be trained on the {strategy.num_replicas_in_sync} replicas '
      f'of {strategy!r}. Leave train_distribute and eval_distribute out of the '
      'RunConfig.'
    )


def add_global_step_read(strategy: Any, global_step: tf.Variable) -> None:
  """Adds the tensor that hooks read the global step by to the default graph.

  Of several threads of replicas none would have to be the first that needs it.
  """
  v1.add_to_collection(
    'global_step_read_op_cache', strategy.extended.read_var(global_step)
  )


@contextlib.contextmanager
def entered(strategy: Any, mode: str) -> Iterator[None]:
  """The scope of a strategy, for a graph that is built for `mode`.

  Variables that are made under it are made for all replicas. In training, losses
  that v1 optimizers minimize are divided by the number of replicas, so that the
  sum of the gradients is their mean.

  Args:
    strategy: Of `tf.distribute`, or None for no scope.
    mode: One of `ModeKeys`.

  Raises:
    TypeError: See `check`.
    ValueError: See `check`.
    NotImplementedError: See `check`.
  """
  if not strategy:
    yield
    return
  check(strategy)
  with contextlib.ExitStack() as stack:
    if is_multi_worker(strategy):
      stack.enter_context(sparse_gradients.of_any_length(strategy))
    stack.enter_context(_reducing_on_one_cpu(strategy))
    stack.enter_context(strategy.scope())
    if mode == modes.ModeKeys.TRAIN:
      scaled = strategy._scale_loss_for_estimator_enabled  # noqa: SLF001
      stack.enter_context(scaled())
    yield


@contextlib.contextmanager
def _reducing_on_one_cpu(strategy: Any) -> Iterator[None]:
  """Adds up gradients on one CPU where nobody chose how to.

  MirroredStrategy chooses collectives for CPUs, too. In a graph they fail for
  sparse gradients, "Shape mismatch in the collective instance" (TensorFlow 2.15
  to 2.21), and wait for each other where an optimizer orders its operations.
  """
  extended = strategy.extended
  chosen = getattr(extended, '_cross_device_ops', None)
  if (
    chosen is None
    or chosen is not getattr(extended, '_collective_ops', None)
    or is_multi_worker(strategy)
    or not is_on_cpus(strategy)
  ):
    yield
    return
  extended._cross_device_ops = tf.distribute.ReductionToOneDevice()  # noqa: SLF001
  try:
    yield
  finally:
    extended._cross_device_ops = chosen  # noqa: SLF001
