"""Gives up connections to the tasks of a cluster, and no others, where it should."""

import contextlib
import fcntl
import os
import socket
import time

import pytest
import tensorflow as tf

from tests import fresh
from tfcompat_estimator.distribution import keepalive

pytestmark = pytest.mark.skipif(
  not hasattr(socket, 'TCP_USER_TIMEOUT'), reason='Linux has this option'
)


def connect(stack):
  """Both ends of a connection."""
  server = stack.enter_context(socket.create_server(('127.0.0.1', 0)))
  one = stack.enter_context(socket.create_connection(server.getsockname()))
  return one, stack.enter_context(server.accept()[0])


@pytest.fixture
def stack(monkeypatch):
  """Closes connections."""
  monkeypatch.setattr(keepalive, '_SECONDS_BETWEEN_LOOKS', 0.1)
  with contextlib.ExitStack() as stack:
    yield stack


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


def test_connections_to_tasks(stack):
  """Those that this process has opened; it stays open, and works."""
  one, other = connect(stack)
  watch(one.getpeername()[1])
  soon(lambda: limit_of(one))
  assert limit_of(one) == 1000 * keepalive.SECONDS
  assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
  assert not limit_of(other)
  one.sendall(b'x')
  assert other.recv(1) == b'x'


def test_connections_of_others(stack):
  """They are left as they are, and no descriptor is lost."""
  other, _ = connect(stack)
  one, _ = connect(stack)
  count = len(os.listdir('/proc/self/fd'))
  watch(one.getpeername()[1])
  soon(lambda: limit_of(one))
  assert not limit_of(other)
  soon(lambda: len(os.listdir('/proc/self/fd')) == count)


def test_locks_of_files(stack, tmp_path):
  """A process that closes any descriptor of a file gives up its locks on it."""
  one, _ = connect(stack)
  file = stack.enter_context((tmp_path / 'locked').open('w'))
  fcntl.lockf(file, fcntl.LOCK_EX)
  watch(one.getpeername()[1])
  soon(lambda: limit_of(one))
  time.sleep(0.5)  # for some more looks
  code = (
    'import fcntl, sys\n'
    'fcntl.lockf(open(sys.argv[1], "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)'
  )
  done = fresh.run('-c', code, tmp_path / 'locked')
  assert 'BlockingIOError' in done.stderr


def test_child_of_a_fork(stack):
  """It has no threads but one of its own, once it trains, too."""
  one, _ = connect(stack)
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
