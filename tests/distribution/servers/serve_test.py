"""Connects tasks to a parameter server at the moment when it begins to listen."""

import signal
import socket

import pytest

from tests.distribution import processes

SERVE = 'tests.distribution.servers.server_programs:serve'
UNHEARD = 'tests.distribution.servers.server_programs:end_unheard'
CONNECT = 'tests.distribution.servers.server_programs:connect_at_once'
ROUNDS = 2
TASKS = 4


@pytest.mark.parametrize('before', [False, True])
def test_all_connect_at_once(family, before):
  """Nobody is turned away, and the server lives on.

  A tf.distribute.Server resets about half of the connections; one in forty of
  them ends with a segmentation fault. Here it makes no difference whether the
  program has computed anything `before` it serves.
  """
  for _ in range(ROUNDS):
    nodes = processes.cluster(chief=1, ps=1, worker=TASKS)
    workers = [
      family.task(CONNECT, nodes, 'worker', index) for index in range(TASKS)
    ]
    server = family.task(SERVE, nodes, 'ps', before=before)
    for worker in workers:
      worker.ends()
    assert server.poll() is None, server.output()
    server.signal(signal.SIGKILL)


def test_second_server(family):
  """Each server is the task that TF_CONFIG says, and needs no other one."""
  nodes = processes.cluster(chief=1, ps=2, worker=1)
  server = family.task(SERVE, nodes, 'ps', 1)
  host, port = nodes['ps'][1].split(':')

  def answers():
    with socket.socket() as trial:
      return trial.connect_ex((host, int(port))) == 0

  server.until(answers, 'a port that listens')
  family.task(CONNECT, nodes, 'worker', index=0, server=1).ends()


@pytest.mark.cluster
@pytest.mark.parametrize('job', ['ps', 'chief'])
def test_sigterm_that_python_ignores(family, tmp_path, job):
  """Who serves, or waits for servers, ends with 143 all the same."""
  nodes = processes.cluster(chief=1, ps=1)
  task = family.task(UNHEARD, nodes, job, model_dir=str(tmp_path / 'model'))
  assert 'Exception ignored in' in task.ends(143).output()
