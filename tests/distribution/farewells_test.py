"""Tells servers that tasks have ended; launch_test has servers that end."""

import socket
import threading

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
