"""Firewalls drop what goes to a port, and names come late."""

import pytest

from tests.distribution.hosts import clusters, conftest

pytestmark = pytest.mark.hosts

LIMIT = 10
ARGUMENTS = {'max_steps': 100, 'session_creation_timeout_secs': LIMIT}
# Until a program has started, on a machine that is loaded.
SLACK = 30


def test_server_behind_a_firewall(family, cluster, net, model_dir):
  """All end with an error that names it."""
  nodes = cluster(chief=1, worker=1, ps=1)
  net.firewall('ps0', conftest.PORT)
  tasks = family.tasks(
    clusters.SERVERS, nodes, model_dir=model_dir, **ARGUMENTS
  )
  for name in ('chief0', 'worker0'):
    output = tasks[name].ends(1, LIMIT + SLACK).output()
    assert f'after waiting {LIMIT} secs' in output
    assert '/job:ps/task:0 (ps0:2222)' in output


@pytest.mark.parametrize('victim', ['worker0', 'worker1'])
def test_worker_in_step_behind_a_firewall(
  family, cluster, net, model_dir, victim
):
  """Who cannot reach it ends with an error that names it; so does it."""
  nodes = cluster(worker=2)
  net.firewall(victim, conftest.PORT)
  tasks = family.tasks(
    clusters.WORKERS, nodes, model_dir=model_dir, **ARGUMENTS
  )
  other = 'worker1' if victim == 'worker0' else 'worker0'
  output = tasks[other].ends(1, LIMIT + SLACK).output()
  assert f'/job:worker/task:{victim[-1]} ({victim}:2222)' in output
  assert tasks[victim].ends(1, 2 * LIMIT + SLACK)


def test_task_that_servers_cannot_reach(family, cluster, net, model_dir):
  """Servers send to the tasks that train, too: an error names the address."""
  nodes = cluster(chief=1, ps=1)
  net.firewall('chief0', conftest.PORT)
  tasks = family.tasks(
    clusters.SERVERS, nodes, model_dir=model_dir, **ARGUMENTS
  )
  output = tasks['chief0'].ends(1, LIMIT + 60).output()
  assert 'chief0:2222' in output.rpartition('Error: ')[2]


@pytest.mark.parametrize(
  ('program', 'jobs', 'late'),
  [
    (clusters.SERVERS, {'chief': 1, 'ps': 1}, 'ps0'),
    (clusters.WORKERS, {'worker': 2}, 'worker1'),
  ],
)
def test_name_that_comes_late(
  family, cluster, net, model_dir, program, jobs, late
):
  """It is waited for, as is a task that has not started."""
  net.host(late, has_name=False)
  tasks = family.tasks(
    program, cluster(**jobs), model_dir=model_dir, max_steps=20
  )
  first = next(iter(tasks))
  tasks[first].says('Waiting.')
  net.name(late)
  tasks[first].ends()
