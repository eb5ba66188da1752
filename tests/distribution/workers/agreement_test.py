"""Starts workers that do different things; each says what differs."""

import pytest

from tests.distribution import processes

pytestmark = pytest.mark.cluster

TRAIN = 'tests.distribution.workers.worker_programs:train'


def start(family, model_dir, **arguments):
  """Two workers."""
  nodes = processes.cluster(worker=2)
  return nodes, family.tasks(TRAIN, nodes, model_dir=model_dir, **arguments)


@pytest.mark.parametrize(
  ('arguments', 'message'),
  [
    ({'max_steps': [30, 40]}, 'their `steps` or `max_steps` differ'),
    ({'width': [3, 4]}, 'their models have other variables'),
  ],
)
def test_workers_that_do_different_things(
  family, model_dir, arguments, message
):
  """Each says what differs, before the first step."""
  _, tasks = start(family, model_dir, **arguments)
  for task in tasks.values():
    task.ends(1)
    assert message in task.output()


def test_model_dir_that_is_not_shared(family, model_dir):
  """The worker that finds no checkpoint, or another one, is told apart."""
  dirs = [model_dir, model_dir + '_other']
  _, tasks = start(family, dirs, max_steps=10)
  for task in tasks.values():
    task.ends(0)
  _, tasks = start(family, dirs, max_steps=20)
  for task in tasks.values():
    task.ends(1)
    assert 'global steps [10, -1]' in task.output()
