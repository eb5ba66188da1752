"""Holds the settings of a TPUEstimator: TPUConfig and its RunConfig."""

import collections
import re
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import cluster, run_config

JOB_NAME_KEY = 'tpu_worker_job_name'
_CORES = (1, 2, 4, 8, 16, 32, 64, 128)
_SECONDS = {'s': 1, 'm': 60, 'h': 3600}


class InputPipelineConfig:
  """How TPUs get their input. On CPUs and GPUs there is one `input_fn` call.

  Attributes:
    PER_SHARD_V1: A call for each core.
    PER_HOST_V1: A call for each host.
    PER_HOST_V2: A call for each host, which gives a Dataset of core batches.
    BROADCAST: One call, its batches for all hosts.
    SLICED: One call, its batches cut for the cores.
  """

  PER_SHARD_V1 = 1
  PER_HOST_V1 = 2
  PER_HOST_V2 = 3
  BROADCAST = 4
  SLICED = 5


_Fields = collections.namedtuple(
  'TPUConfig',
  (
    'iterations_per_loop num_shards num_cores_per_replica '
    'per_host_input_for_training tpu_job_name initial_infeed_sleep_secs '
    'input_partition_dims eval_training_input_configuration '
    'experimental_host_call_every_n_steps '
    'experimental_allow_per_host_v2_parallel_get_next experimental_feed_hook'
  ),
)


class TPUConfig(_Fields):
  """Settings for TPUs; without one, `iterations_per_loop` counts."""

  __slots__ = ()

  def __new__(
    cls,
    iterations_per_loop=2,
    num_shards=None,
    num_cores_per_replica=None,
    per_host_input_for_training=True,
    tpu_job_name=None,
    initial_infeed_sleep_secs=None,
    input_partition_dims=None,
    eval_training_input_configuration=InputPipelineConfig.PER_HOST_V1,
    experimental_host_call_every_n_steps=1,
    experimental_allow_per_host_v2_parallel_get_next=False,
    experimental_feed_hook=None,
  ):
    """Checks and holds the settings.

    Args:
      iterations_per_loop: How many steps a device runs at a time: a positive
        int, or a time such as `'30s'`, `'5m'`, `'1h'`. Steps that nothing
        watches run fused anyway; here it says how often speed is logged.
      num_shards: The number of model replicas, a positive int.
      num_cores_per_replica: 1, 2, 4, ..., 128 cores for one replica.
      per_host_input_for_training: One of `InputPipelineConfig`; True means
        PER_HOST_V1 and False PER_SHARD_V1.
      tpu_job_name: The name of the TPU workers' job; default: that of
        TF_CONFIG.
      initial_infeed_sleep_secs: How long infeed waits, a positive int.
      input_partition_dims: How inputs are cut for the cores of a replica; a
        list of one or two items, with PER_HOST_V2 and `num_cores_per_replica`.
      eval_training_input_configuration: PER_HOST_V1 or SLICED.
      experimental_host_call_every_n_steps: Between two host calls.
      experimental_allow_per_host_v2_parallel_get_next: For hosts of TPUs.
      experimental_feed_hook: A class for hosts of TPUs.

    Raises:
      ValueError: A value is out of range.
      TypeError: A value is no int.
    """
    parse_iterations_per_loop(iterations_per_loop)
    _check_positive('TPUConfig num_shards', num_shards)
    _check_partition(
      input_partition_dims, per_host_input_for_training, num_cores_per_replica
    )
    if (
      num_cores_per_replica is not None and num_cores_per_replica not in _CORES
    ):
      raise ValueError(
        f'num_cores_per_replica must be {", ".join(map(str, _CORES))}; got '
        f'{num_cores_per_replica}'
      )
    if eval_training_input_configuration not in (
      InputPipelineConfig.PER_HOST_V1,
      InputPipelineConfig.SLICED,
    ):
      raise ValueError(
        'eval_training_input_configuration must be PER_HOST_V1 or SLICED; got '
        f'{eval_training_input_configuration}'
      )
    if isinstance(per_host_input_for_training, bool):
      per_host_input_for_training = (
        InputPipelineConfig.PER_HOST_V1
        if per_host_input_for_training
        else InputPipelineConfig.PER_SHARD_V1
      )
    if initial_infeed_sleep_secs:
      _check_positive(
        'TPUConfig initial_infeed_sleep_secs', initial_infeed_sleep_secs
      )
    return super().__new__(
      cls,
      iterations_per_loop,
      num_shards,
      num_cores_per_replica,
      per_host_input_for_training,
      tpu_job_name or job_name_of_environment(),
      initial_infeed_sleep_secs,
      input_partition_dims,
      eval_training_input_configuration,
      experimental_host_call_every_n_steps,
      experimental_allow_per_host_v2_parallel_get_next,
      experimental_feed_hook,
    )


class RunConfig(run_config.RunConfig):
  """The settings of a TPUEstimator's runs."""

  _replaceable = (*run_config.RunConfig._replaceable, 'tpu_config')  # noqa: SLF001

  def __init__(
    self,
    tpu_config=None,
    evaluation_master=None,
    master=None,
    cluster=None,
    **kwargs,
  ):
    """Makes the settings.

    Args:
      tpu_config: A `TPUConfig`; default: `TPUConfig()`.
      evaluation_master: The address for evaluation; default: `master`.
      master: The address of the TPU worker; default: that of TF_CONFIG.
      cluster: A `tf.distribute.cluster_resolver.ClusterResolver`, in place of
        `master`.
      **kwargs: The arguments of `tf.estimator.RunConfig`.

    Raises:
      ValueError: Both `master` and `cluster` are given, or `cluster` and a
        session_config with a `cluster_def`; or see `tf.estimator.RunConfig`.
    """
    super().__init__(**kwargs)
    self._tpu_config = tpu_config or TPUConfig()
    self._cluster = cluster
    if master is not None:
      if cluster is not None:
        raise ValueError('Both master and cluster are set. Leave one out.')
      self._master = master
    elif cluster:
      self._master = cluster.master()
    if evaluation_master is not None:
      self._evaluation_master = evaluation_master
    elif not self._evaluation_master and (
      self.task_type != run_config.TaskType.EVALUATOR
    ):
      self._evaluation_master = self._master
    if cluster:
      self._take_cluster(cluster)

  def _cluster_session_config(self, task: Any) -> None:
    """None: tasks of a cluster have no device filters of their own here."""

  def _take_cluster(self, cluster: Any) -> None:
    self._cluster_spec = cluster.cluster_spec()
    if self._session_config is None:
      self._session_config = tf.compat.v1.ConfigProto(
        allow_soft_placement=True, isolate_session_state=True
      )
    if self._session_config.HasField('cluster_def'):
      raise ValueError(
        'You cannot provide a ClusterResolver and session_config.cluster_def.'
      )
    if self._cluster_spec:
      self._session_config.cluster_def.CopyFrom(
        self._cluster_spec.as_cluster_def()
      )

  @property
  def tpu_config(self):
    """The `TPUConfig`."""
    return self._tpu_config

  @property
  def cluster(self):
    """The ClusterResolver, or None."""
    return self._cluster


def parse_iterations_per_loop(value: Any) -> tuple[int, str]:
  """The number and its unit: 'count' or 'seconds'.

  Raises:
    ValueError: It is neither a positive int nor a time.
  """
  if isinstance(value, int) and not isinstance(value, bool) and value > 0:
    return value, 'count'
  if isinstance(value, str):
    if value.isdecimal() and int(value) > 0:
      return int(value), 'count'
    match = re.fullmatch(r'([1-9][0-9]*)([smh])', value)
    if match:
      return int(match[1]) * _SECONDS[match[2]], 'seconds'
  raise ValueError(
    f'Invalid TPUConfig `iterations_per_loop` value ({value!r}). Value must be '
    'positive integer value or time-based value `<N><s|m|h>`, such as 100, '
    "'30s', '5m' or '1h'."
  )


def check_positive_integer(name: str, value: Any) -> None:
  """Raises TypeError or ValueError unless `value` is a positive int."""
  if not isinstance(value, int):
    raise TypeError(f'{name} must be int, got {type(value)}')
  if value <= 0:
    raise ValueError(f'{name} must be positive, got {value}')


def _check_positive(name: str, value: Any) -> None:
  if value is not None:
    check_positive_integer(name, value)


def _check_partition(dims: Any, per_host_input: Any, cores: Any) -> None:
  if dims is None:
    return
  if len(dims) not in (1, 2):
    raise ValueError(
      'input_partition_dims must be a list/tuple with one or two elements, '
      f'given: {dims}.'
    )
  if per_host_input is not InputPipelineConfig.PER_HOST_V2:
    raise ValueError(
      'input_partition_dims is only supported in PER_HOST_V2 mode. Set '
      'per_host_input_for_training=InputPipelineConfig.PER_HOST_V2.'
    )
  if cores is None:
    raise ValueError(
      'input_partition_dims requires setting num_cores_per_replica.'
    )


def job_name_of_environment() -> str | None:
  """The name of the TPU job that TF_CONFIG has, if any."""
  service = cluster.service(cluster.read_environment())
  return (service or {}).get(JOB_NAME_KEY)
