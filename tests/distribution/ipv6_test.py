"""Trains in clusters whose addresses are of IPv6."""

import json
import socket

import pytest

from tests.distribution import processes
from tfcompat_estimator.distribution.servers import connection
from tfcompat_estimator.records import run_config

pytestmark = pytest.mark.cluster

SERVERS = 'tests.distribution.servers.server_programs:train'
WORKERS = 'tests.distribution.workers.worker_programs:train'


def _has_ipv6():
  try:
    with socket.create_server(('::1', 0), family=socket.AF_INET6):
      return True
  except OSError:
    return False


@pytest.mark.skipif(not _has_ipv6(), reason='this machine has no IPv6')
@pytest.mark.parametrize(
  'program, jobs',
  [(SERVERS, {'chief': 1, 'worker': 1, 'ps': 2}), (WORKERS, {'worker': 2})],
)
def test_trains(family, model_dir, program, jobs):
  """Each engine trains there as elsewhere."""
  nodes = {
    job: [f'[::1]:{port}' for port in processes.free_ports(count)]
    for job, count in jobs.items()
  }
  tasks = family.tasks(program, nodes, model_dir=model_dir)
  for name, task in tasks.items():
    if 'ps' not in name:
      task.ends()


def test_another_port(monkeypatch):
  """An address with another port keeps its brackets."""
  nodes = {'chief': ['[::1]:2222'], 'ps': ['[::1]:2223']}
  task = {'type': 'chief', 'index': 0}
  monkeypatch.setenv('TF_CONFIG', json.dumps({'cluster': nodes, 'task': task}))
  servers = connection.Servers(run_config.RunConfig())
  servers.take_free_port()
  assert servers.own.startswith('[::1]:')
  assert servers.own != '[::1]:2222'
