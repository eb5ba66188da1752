"""Ends parameter servers once all other tasks of a job have ended well.

A server does not know when training is over, since workers come and go. So each task
that ends tells all servers, which listen for that at a second port.
"""

import contextlib
import os
import socket
import threading
import time
from typing import Any

from tfcompat_estimator.distribution import addresses

# From the port at which a server serves to the one at which it is told.
_BESIDE = 1000
_SECONDS = 30.0  # for a server to hear


def say(tf_config: dict[str, Any]) -> None:
  """Tells all servers that this task has ended well."""
  task = tf_config['task']
  name = f'{task["type"]} {task["index"]}\n'.encode()
  for address in tf_config['cluster'].get('ps', ()):
    host, port = addresses.split(address, 'ps')
    end = time.monotonic() + _SECONDS
    while not _tell((host, port + _BESIDE), name):
      if time.monotonic() > end:
        break  # It has ended by itself.
      time.sleep(1.0)


def _tell(address: tuple[str, int], name: bytes) -> bool:
  try:
    with socket.create_connection(address, timeout=5.0) as connection:
      connection.sendall(name)
      return connection.recv(1) == b'.'
  except OSError:
    return False


def wait_in_thread(tf_config: dict[str, Any], others: int) -> None:
  """Ends this process, a server's, once so many other tasks have said farewell.

  The exit code is 0, as its work is done.
  """
  task = tf_config['task']
  address = tf_config['cluster']['ps'][task['index']]
  _, port = addresses.split(address, 'ps')
  has_both = socket.has_dualstack_ipv6()
  server = socket.create_server(
    ('', port + _BESIDE),
    family=socket.AF_INET6 if has_both else socket.AF_INET,
    dualstack_ipv6=has_both,
  )
  threading.Thread(target=_wait, args=(server, others), daemon=True).start()


def _wait(server: socket.socket, others: int) -> None:
  gone: set[bytes] = set()
  while len(gone) < others:
    connection, _ = server.accept()
    with connection, contextlib.suppress(OSError):
      connection.settimeout(5.0)
      name = connection.recv(100)
      if name.endswith(b'\n'):
        gone.add(name)
        connection.sendall(b'.')
  os._exit(0)  # The main thread serves, and never ends.
