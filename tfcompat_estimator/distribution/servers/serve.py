"""Is a parameter server: holds variables until the process is ended."""

import threading

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution import addresses
from tfcompat_estimator.distribution.servers import connection
from tfcompat_estimator.spec import run_config

logging = tf.compat.v1.logging


def serve(config: run_config.RunConfig) -> None:
  """Serves the variables of the cluster; never returns.

  Args:
    config: The `RunConfig` of a `ps` task.

  Raises:
    tf.errors.UnknownError: The port is taken.
    ValueError: An address in TF_CONFIG is none.
  """
  task = (config.task_type, config.task_id)
  address = addresses.of(config.cluster_spec, *task)
  connection.check_port(address, *task)
  _prepare_operations()
  logging.info('Start Tensorflow server.')
  server = tf.distribute.Server(
    config.cluster_spec,
    job_name=config.task_type,
    task_index=config.task_id,
    config=config.session_config,
    protocol=config.protocol,
  )
  # Signals are heard by a main thread that waits in Python, not in TensorFlow.
  thread = threading.Thread(target=server.join, daemon=True)
  thread.start()
  while thread.is_alive():
    thread.join(1.0)


def _prepare_operations() -> None:
  """Has TensorFlow set up what it does at the first operation of a process.

  A server whose first operations come from several clients at the moment when it
  starts may end with a segmentation fault in looking up kernels (TensorFlow 2.21).
  """
  with _tf.eager_mode(), tf.device('CPU:0'):
    tf.function(lambda x: x + 1)(tf.constant(1))
