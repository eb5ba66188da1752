"""Gives up connections to hosts that have vanished, sooner than the kernel does.

A host that loses its power, or its link, resets no connection: whoever waits for it
sees nothing, and no time limit of TensorFlow's ends that (tensorflow/tensorflow#14489).
Linux sends again for a quarter of an hour before it says so. gRPC has its own settings
for that, but TensorFlow (2.16 to 2.21) hands none of them on, and reads none from
the environment. So the sockets are told, from outside of gRPC.
"""

import contextlib
import os
import socket
import stat
import threading

import tensorflow as tf

from tfcompat_estimator.distribution import addresses

# A host that does not answer for so long has vanished. It is what gRPC tells the
# other side of the connection, the server's.
SECONDS = 20
_SECONDS_BETWEEN_LOOKS = 2.0  # for new connections
_SECONDS_IDLE, _SECONDS_BETWEEN_PROBES = 8, 4
_FOLDER = '/proc/self/fd'


class _Watched:
  """The ports of the tasks of all clusters of this process."""

  ports: frozenset[int] = frozenset()
  thread: threading.Thread | None = None


def watch(spec: tf.train.ClusterSpec) -> None:
  """Watches the connections to a cluster's tasks, from now on.

  Args:
    spec: The cluster. An address that is none is left to others to refuse.
  """
  if not hasattr(socket, 'TCP_USER_TIMEOUT') or not os.path.isdir(_FOLDER):
    return  # not Linux
  ports = set()
  for job in spec.jobs:
    for address in spec.job_tasks(job):
      with contextlib.suppress(ValueError):
        ports.add(addresses.split(address, job)[1])
  _Watched.ports |= ports
  # A child that was forked has the name of the thread, but no thread.
  if _Watched.thread is None or not _Watched.thread.is_alive():
    _Watched.thread = threading.Thread(target=_look, daemon=True)
    _Watched.thread.start()


def _look() -> None:
  wait = threading.Event()
  while True:
    for name in os.listdir(_FOLDER):
      with contextlib.suppress(OSError):  # closed meanwhile
        _limit(name)
    wait.wait(_SECONDS_BETWEEN_LOOKS)


def _limit(name: str) -> None:
  """Sets the limits of a connection to a task; leaves all else alone."""
  # Files are not even opened again: who closes a second descriptor of one gives up
  # the process's locks on it (those of fcntl, as SQLite has them).
  if stat.S_ISSOCK(os.stat(os.path.join(_FOLDER, name)).st_mode):
    # A second descriptor of the same socket: the first one is gRPC's to close.
    with socket.fromfd(int(name), -1, -1, -1) as each:
      _limit_socket(each)


def _limit_socket(each: socket.socket) -> None:
  if (
    each.family not in (socket.AF_INET, socket.AF_INET6)
    or each.type != socket.SOCK_STREAM
    or each.getpeername()[1] not in _Watched.ports
  ):
    return
  # What was sent must be received within this time; and where nothing is sent, as
  # while this process waits for an answer, the kernel asks.
  for level, option, value in (
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * SECONDS),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _SECONDS_IDLE),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _SECONDS_BETWEEN_PROBES),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
  ):
    each.setsockopt(level, option, value)
