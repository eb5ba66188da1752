"""Is a parameter server: holds variables until the process is ended."""

import threading
from collections.abc import Callable

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution import addresses, keepalive
from tfcompat_estimator.records import run_config

logging = tf.compat.v1.logging

_SECONDS_BETWEEN_LOOKS = 1.0


def serve(
  config: run_config.RunConfig, is_told_to_end: Callable[[], bool]
) -> None:
  """Serves the variables of the cluster until the process is told to end.

  Args:
    config: The `RunConfig` of a `ps` task.
    is_told_to_end: Whether SIGTERM has come. Its exception ends the waiting at
      once, unless Python has ignored it; see `termination.at_once`.

  Raises:
    tf.errors.UnknownError: The port is taken.
    ValueError: An address in TF_CONFIG is none.
  """
  task = (config.task_type, config.task_id)
  address = addresses.of(config.cluster_spec, *task)
  addresses.check_port(address, *task)
  logging.info('Start Tensorflow server.')
  _listen(config, address)
  keepalive.watch(config.cluster_spec)
  # Signals are heard by a main thread that waits in Python, not in TensorFlow.
  waiting = threading.Event()
  while not is_told_to_end():
    waiting.wait(_SECONDS_BETWEEN_LOOKS)


def _listen(config: run_config.RunConfig, address: str) -> None:
  """Starts the server of this process's own eager context.

  A `tf.distribute.Server` begins without a context. The first task that connects
  makes it replace what runs its collectives. Where two tasks connect at once, both
  do, and what the first one's operations hold is freed: a segmentation fault at
  the next new kernel, or connections that are reset (TensorFlow 2.16 to 2.21,
  EagerServiceImpl::CreateContext). This one has a context before it listens.
  """
  # Tasks tell the server of each other when they connect.
  tasks = {config.task_type: {config.task_id: address}}
  server = tf.train.ServerDef(
    cluster=tf.train.ClusterSpec(tasks).as_cluster_def(),
    job_name=config.task_type,
    task_index=config.task_id,
    protocol=config.protocol or 'grpc',
    default_session_config=config.session_config,
  )
  with _tf.eager_mode():
    context = _tf.eager_context()
    context.set_server_def(server)
    context.ensure_initialized()
