"""Gives up connections to the tasks of a cluster, and no others, where it should."""

import os
import socket
import time

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import keepalive

pytestmark = pytest.mark.skipif(
  not hasattr(socket, 'TCP_USER_TIMEOUT'), reason='Linux has this option'
)


@pytest.fixture
def connection():
  """Both ends of a connection."""
  with (
    socket.create_server(('127.0.0.1', 0)) as server,
    socket.create_connection(server.getsockname()) as one,
    server.accept()[0] as other,
  ):
    yield one, other


def limit_of(connection):
  """In milliseconds; 0 for that of the kernel."""
  return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


def watch(port):
  keepalive.watch(tf.train.ClusterSpec({'ps': [f'localhost:{port}']}))


def soon(is_true):
  end = time.monotonic() + 20
  while not is_true():
    assert time.monotonic() < end
    time.sleep(0.05)


def test_connections_to_tasks(connection):
  """Those that this process has opened; it stays open, and works."""
  one, other = connection
  watch(one.getpeername()[1])
  soon(lambda: limit_of(one))
  assert limit_of(one) == 1000 * keepalive.SECONDS
  assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
  assert not limit_of(other)
  one.sendall(b'x')
  assert other.recv(1) == b'x'


def test_connections_of_others(connection):
  """They are left as they are, and no descriptor is lost."""
  one, _ = connection
  watch(1)
  count = len(os.listdir('/proc/self/fd'))
  time.sleep(3 * keepalive._SECONDS_BETWEEN_LOOKS)  # noqa: SLF001
  assert not limit_of(one)
  assert len(os.listdir('/proc/self/fd')) == count


def test_child_of_a_fork(connection):
  """It has no threads but one of its own, once it trains, too."""
  one, _ = connection
  watch(1)
  child = os.fork()
  if child == 0:
    try:
      watch(one.getpeername()[1])
      soon(lambda: limit_of(one))
      os._exit(0)
    finally:
      os._exit(1)
  assert os.waitpid(child, 0)[1] == 0
