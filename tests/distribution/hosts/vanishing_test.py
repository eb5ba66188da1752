"""Hosts vanish without a word: nobody resets their connections."""

import pytest

from tests.distribution.hosts import clusters

pytestmark = pytest.mark.hosts

# The kernel gives a silent connection up after 20 seconds, gRPC a new one after as
# many; and TensorFlow takes its time to end.
NOTICED = 75


def others(running, victim):
  return [name for name in running.trainers if name != victim]


@pytest.mark.parametrize('victim', ['worker0', 'worker2'])
def test_worker_in_step(family, cluster, net, model_dir, victim, record):
  """All end with an error that names one that they cannot reach."""
  running = clusters.in_step(family, cluster, model_dir)
  net.cut(victim)
  named = f'/job:worker/task:{victim[-1]}'
  record(running.end_within(others(running, victim), 60, 'cannot go on', named))
  running.end_within([victim], 60, 'cannot go on')
  assert clusters.saved_step(model_dir) >= 10


@pytest.mark.parametrize('victim', ['worker0', 'chief0'])
def test_task_beside_servers(family, cluster, net, model_dir, victim, record):
  """It ends when its time is up; the others train on all the time."""
  running = clusters.beside_servers(
    family,
    cluster,
    model_dir,
    session_creation_timeout_secs=clusters.LIMIT,
  )
  net.cut(victim)
  assert running.go_on(others(running, victim)) < 20
  limit = NOTICED + clusters.LIMIT
  record(running.end_within([victim], limit, '/job:ps/task:0 (ps0:2222)'))
  running.go_on(others(running, victim))


def test_server(family, cluster, net, model_dir, record):
  """All others end with an error that names it, when their time is up."""
  running = clusters.beside_servers(
    family,
    cluster,
    model_dir,
    {'chief': 1, 'worker': 2, 'ps': 2},
    session_creation_timeout_secs=clusters.LIMIT,
  )
  net.cut('ps1')
  record(
    running.end_within(
      running.trainers,
      NOTICED + clusters.LIMIT,
      'DeadlineExceededError',
      '/job:ps/task:1 (ps1:2222)',
    )
  )


@pytest.mark.parametrize('victim', ['ps0', 'worker0', 'chief0'])
def test_another_host_of_that_name(
  family, cluster, net, model_dir, victim, record
):
  """Where a machine has died, the task goes on at another address."""
  running = clusters.beside_servers(
    family, cluster, model_dir, {'chief': 1, 'worker': 1, 'ps': 1}
  )
  net.cut(victim)
  running[victim].kill()
  net.move(victim)
  net.heal(victim)
  saved = clusters.saved_step(model_dir)
  running.start(victim)
  record(running.go_on())
  assert max(clusters.steps_of(running['chief0'])) >= saved


def test_all_in_step_again_at_other_addresses(
  family, cluster, net, model_dir, record
):
  """Workers that are started again find the one that has moved."""
  running = clusters.in_step(family, cluster, model_dir)
  net.cut('worker1')
  running['worker1'].kill()
  running.end_within(['worker0', 'worker2'], 60, 'cannot go on')
  net.move('worker1')
  net.heal('worker1')
  saved = clusters.saved_step(model_dir)
  for name in running.trainers:
    running.start(name)
  record(running.go_on())
  assert min(clusters.steps_of(running['worker0'])) >= saved
