"""Some hosts do not see the others for a while."""

import time

import pytest

from tests.distribution.hosts import clusters

pytestmark = pytest.mark.hosts


@pytest.mark.parametrize('seconds', [5, 30, 120])
@pytest.mark.parametrize('victim', ['worker0', 'chief0', 'ps0'])
def test_with_servers(family, cluster, net, model_dir, victim, seconds, record):
  """When it is over all train on, in the same processes."""
  running = clusters.beside_servers(family, cluster, model_dir)
  net.cut(victim)
  time.sleep(seconds)
  net.heal(victim)
  saved = clusters.saved_step(model_dir)
  record(running.go_on())
  assert max(clusters.steps_of(running['worker1'])) >= saved
  if seconds == 120:
    restored = 'Restoring parameters' in running['chief0'].output()
    assert restored == (victim != 'worker0')
  step = clusters.saved_step(model_dir)
  running['chief0'].until(
    lambda: clusters.saved_step(model_dir) > step, 'a checkpoint'
  )


@pytest.mark.parametrize('victim', ['worker0', 'chief0'])
def test_from_one_of_two_servers(
  family, cluster, net, model_dir, victim, record
):
  """An update may have reached one server and not the other: all train on."""
  jobs = {'chief': 1, 'worker': 1, 'ps': 2}
  running = clusters.beside_servers(family, cluster, model_dir, jobs)
  net.cut(victim, 'ps1')
  (other,) = set(running.trainers) - {victim}
  running[victim].says('Connects again to parameter servers', 75)
  running.go_on([other])
  net.heal(victim, 'ps1')
  record(running.go_on())
  # Only a chief restores, and then for all.
  restored = 'Restoring parameters' in running['chief0'].output()
  assert restored == (victim == 'chief0')
  assert max(clusters.steps_of(running[other])) >= clusters.saved_step(
    model_dir
  )


@pytest.mark.parametrize('victim', ['worker0', 'worker2'])
def test_short_one_in_step(family, cluster, net, model_dir, victim, record):
  """Workers that do not hear of one for five seconds wait for it."""
  running = clusters.in_step(family, cluster, model_dir)
  net.cut(victim)
  time.sleep(5)
  net.heal(victim)
  record(running.go_on())


def test_long_one_in_step(family, cluster, net, model_dir, record):
  """All end, and no step is saved but those that all have made."""
  running = clusters.in_step(family, cluster, model_dir)
  net.cut('worker0')
  time.sleep(30)
  net.heal('worker0')
  running.end_within(running.trainers, 60, 'cannot go on')
  made = max(clusters.steps_of(running['worker1']))
  saved = clusters.saved_step(model_dir)
  assert saved <= made + 2
  for name in running.trainers:
    running.start(name)
  record(running.go_on())
  assert min(clusters.steps_of(running['worker0'])) == saved
