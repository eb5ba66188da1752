"""Connects this process to the parameter servers of its cluster."""

import contextlib
import logging as py_logging
import os
import threading
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution import addresses, keepalive, rendezvous
from tfcompat_estimator.distribution.servers import coalesced_sends
from tfcompat_estimator.records import cluster, run_config
from tfcompat_estimator.session_emulation import devices
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  pipeline,
)

logging = tf.compat.v1.logging

# What connecting fails with when a server goes away meanwhile.
_GONE = (
  tf.errors.UnavailableError,
  tf.errors.AbortedError,
  tf.errors.CancelledError,
  tf.errors.DeadlineExceededError,
)


class Servers:
  """The parameter servers of a cluster, as one of its workers sees them.

  Args:
    config: The `RunConfig` of a task with parameter servers.

  Attributes:
    own: The address at which this task listens.

  Raises:
    ValueError: An address in TF_CONFIG is none.
  """

  def __init__(self, config: run_config.RunConfig):
    spec = config.cluster_spec
    self.task = (config.task_type, config.task_id)
    self.spec = spec.as_dict()
    self._protocol = config.protocol
    self.own = addresses.of(spec, *self.task)
    self._servers = [
      addresses.of(spec, cluster.TaskType.PS, index)
      for index in range(config.num_ps_replicas)
    ]

  def connect(self, wait: rendezvous.Wait) -> None:
    """Waits until all servers listen, and connects, also once more.

    Raises:
      tf.errors.DeadlineExceededError: A server did not come in time.
    """
    attempt = None
    while True:
      silent = self._silent()
      if attempt is None and not silent:
        attempt = _Attempt(self._connect)
      if attempt is not None:
        # It may wait for a server that has gone again, and goes on once that is
        # back: two at once end in errors of TensorFlow's, or in its memory.
        attempt.join(1.0)
        if not attempt.is_alive():
          if not attempt.has_failed():
            return
          silent = [f'{self._named()}: {attempt.error}']
          attempt = None
      wait.go_on(
        f'Parameter servers {silent or self._named()} do not answer. Once they '
        'are there, training goes on from the latest checkpoint.'
      )

  def ensure(self, wait: rendezvous.Wait) -> None:
    """Connects again if a server is not the one that was connected to."""
    lost = self.lost()
    if lost:
      logging.warning('Connects again to parameter servers: %s lost.', lost)
      self.connect(wait)

  def lost(self) -> list[str]:
    """The servers that have gone, or have been started anew."""
    # First, as gRPC waits 20 seconds for a host that does not answer.
    silent = self._silent()
    return silent or [
      name
      for index, name in enumerate(self._named())
      if not devices.answers(index)
    ]

  def take_free_port(self) -> None:
    """Leaves the port of TF_CONFIG to the server that has it already."""
    host = self.own.rpartition(':')[0]  # with the brackets of IPv6
    self.own = f'{host}:{addresses.free_port()}'

  def check_own_port(self) -> None:
    """Checks that this task can listen where TF_CONFIG says.

    Raises:
      tf.errors.UnknownError: It cannot; the type is that of TensorFlow's
        servers.
    """
    addresses.check_port(self.own, *self.task)

  def is_same_as(self, other: 'Servers') -> bool:
    """Whether both are the same task of the same cluster."""
    return (self.spec, self.task) == (other.spec, other.task)

  def _named(self) -> list[str]:
    return [
      f'/job:ps/task:{index} ({address})'
      for index, address in enumerate(self._servers)
    ]

  def _silent(self) -> list[str]:
    """The servers at whose address nothing listens."""
    return [
      name
      for name, address in zip(self._named(), self._servers, strict=True)
      if not addresses.answers(addresses.split(address, 'ps'))
    ]

  def _connect(self) -> None:
    # A call to a server that has gone is to fail rather than to wait for it.
    os.environ.setdefault('GRPC_FAIL_FAST', 'use_caller')
    keepalive.watch(tf.train.ClusterSpec({'ps': self._servers}))
    spec = {'ps': self._servers, 'localhost': [self.own]}
    with _tf.eager_mode(), _quiet_absl():
      tf.config.experimental_connect_to_cluster(
        tf.train.ClusterSpec(spec),
        job_name='localhost',
        protocol=self._protocol,
      )
      # The first time that only says where to connect, and the first operation
      # would wait: where no signal is heard and no limit holds.
      _tf.eager_context().ensure_initialized()
    devices.call_this_process(*self.task)
    pipeline.join_cluster([DEVICES], [coalesced_sends.PASS])


def _translate_devices(
  nodes: node_graph.NodeGraph, context: graph_pass.Context
) -> bool:
  """Names the devices as TensorFlow does, in functions, too."""
  del context
  for node in nodes.nodes:
    node.device = devices.translate(node.device)
  for function in nodes.graph_def.library.function:
    for node in function.node_def:
      node.device = devices.translate(node.device)
  return True


DEVICES = graph_pass.Pass(
  'devices',
  _translate_devices,
  'Last: what other passes add to a graph is named, too.',
  is_optional=False,
)


@contextlib.contextmanager
def _quiet_absl() -> Iterator[None]:
  """Keeps absl's logging from adding a handler to the root logger.

  It does so at its first line, and connecting writes one (as of TensorFlow 2.21).
  From then on all lines of TensorFlow's own logger would appear twice
  (tensorflow/tensorflow#26691, abseil/abseil-py#99).
  """
  root = py_logging.getLogger()
  handler = py_logging.NullHandler()
  root.addHandler(handler)
  try:
    yield
  finally:
    root.removeHandler(handler)


class _Attempt(threading.Thread):
  """Connects beside this thread: where a server goes away it takes for ever."""

  def __init__(self, connect: Any):
    super().__init__(daemon=True)
    self._connect = connect
    self.error: Exception | None = None
    self.start()

  def run(self) -> None:
    try:
      self._connect()
    except Exception as error:  # noqa: BLE001 - raised by the other thread
      self.error = error

  def has_failed(self) -> bool:
    """Whether a server has gone. Raises what else went wrong."""
    if self.error is None:
      return False
    if isinstance(self.error, _GONE):
      return True
    raise self.error


class _Process:
  """What this process is connected to: TensorFlow allows one cluster."""

  servers: Servers | None = None


def join(
  config: run_config.RunConfig, wait: rendezvous.Wait, own_port: bool
) -> Servers:
  """Connects to the parameter servers, unless that is done already.

  Args:
    config: The `RunConfig` of a task with parameter servers.
    wait: How long to wait for the servers.
    own_port: Whether this task must listen where TF_CONFIG says. If not, and
      the program has started a server of its own there, any port will do.

  Raises:
    tf.errors.UnknownError: The port is taken.
    tf.errors.DeadlineExceededError: A server did not come in time.
    ValueError: An address in TF_CONFIG is none.
  """
  servers = Servers(config)
  joined = _Process.servers
  if joined is not None and joined.is_same_as(servers):
    joined.ensure(wait)
    return joined
  _tell_of_filters(config)
  if joined is not None:
    servers.take_free_port()  # The older server lives as long as the process.
  else:
    try:
      servers.check_own_port()
    except tf.errors.UnknownError:
      if own_port:
        raise
      servers.take_free_port()
  servers.connect(wait)
  _Process.servers = servers
  return servers


def _tell_of_filters(config: run_config.RunConfig) -> None:
  """Says so if the user's device filters have no effect."""
  job, index = config.task_type, config.task_id
  usual = {'/job:ps', f'/job:{job}', f'/job:{job}/task:{index}'}
  filters = getattr(config.session_config, 'device_filters', ())
  if set(filters) - usual:
    logging.warning(
      'session_config.device_filters (%s) has no effect: a task sees the '
      'parameter servers and itself.',
      list(filters),
    )
