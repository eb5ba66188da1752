"""Tells servers that tasks have ended; launch_test has servers that end."""

import socket
import threading

import pytest

from tests.distribution import processes
from tfcompat_estimator.distribution import farewells


def test_each_server_hears_of_each_task(monkeypatch):
  """A task that says so twice counts once; strangers do not count."""
  ended = threading.Event()
  monkeypatch.setattr(farewells.os, '_exit', lambda code: ended.set())
  with socket.create_server(('127.0.0.1', 0)) as server:
    port = server.getsockname()[1]
    farewells_port = port - farewells._BESIDE  # noqa: SLF001
    thread = threading.Thread(
      target=farewells._wait,  # noqa: SLF001
      args=(server, 2),
      daemon=True,
    )
    thread.start()
    cluster = {'ps': [f'127.0.0.1:{farewells_port}']}
    for index in (0, 0, 1):
      assert not ended.is_set()
      task = {'type': 'worker', 'index': index}
      socket.create_connection(('127.0.0.1', port)).close()
      farewells.say({'cluster': cluster, 'task': task})
    assert ended.wait(10)


@pytest.mark.parametrize('host', ['127.0.0.1', '[::1]'])
def test_addresses(host, monkeypatch):
  """A server hears at an address of either kind."""
  if host == '[::1]' and not socket.has_dualstack_ipv6():
    pytest.skip('this machine has no IPv6')
  ended = threading.Event()
  monkeypatch.setattr(farewells.os, '_exit', lambda code: ended.set())
  (port,) = processes.free_ports(1)
  tf_config = {
    'cluster': {'ps': [f'{host}:{port}']},
    'task': {'type': 'ps', 'index': 0},
  }
  farewells.wait_in_thread(tf_config, others=1)
  farewells.say({**tf_config, 'task': {'type': 'chief', 'index': 0}})
  assert ended.wait(10)
