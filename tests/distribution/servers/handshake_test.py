"""Lets workers wait for their chief, come without it, or with another model."""

import json
import signal

import pytest

from tests.distribution import processes
from tests.distribution.servers import slow_training

pytestmark = pytest.mark.cluster


def test_sigterm_while_waiting(family, model_dir):
  """Tasks that wait for others end, too."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  chief = family.task(slow_training.TRAIN, nodes, 'chief', model_dir=model_dir)
  chief.says('Waiting.')
  chief.signal(signal.SIGTERM).ends(slow_training.DIES_BY_SIGTERM)
  family.task(slow_training.TRAIN, nodes, 'ps', model_dir=model_dir)
  worker = family.task(
    slow_training.TRAIN, nodes, 'worker', model_dir=model_dir
  )
  worker.says('The chief has not started yet')
  worker.signal(signal.SIGTERM).ends(slow_training.DIES_BY_SIGTERM)


def test_worker_without_a_chief(family, model_dir):
  """A worker whose chief never comes ends when its time is up."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  family.task(slow_training.TRAIN, nodes, 'ps', model_dir=model_dir)
  arguments = {'model_dir': model_dir, 'session_creation_timeout_secs': 3}
  worker = family.task(slow_training.TRAIN, nodes, 'worker', **arguments)
  output = worker.ends(1).output()
  assert 'Session was not ready after waiting 3 secs' in output
  assert 'The chief has not started yet' in output


def test_worker_that_never_comes(family, model_dir):
  """The chief trains alone."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  chief = family.task(slow_training.TRAIN, nodes, 'chief', model_dir=model_dir)
  family.task(slow_training.TRAIN, nodes, 'ps', model_dir=model_dir)
  chief.ends()
  assert slow_training.step_of(model_dir) == 100


def test_chief_that_was_believed_dead(family, model_dir):
  """It ends before it saves, when its successor trains; that one goes on."""
  nodes = processes.cluster(chief=2, ps=1)
  first, second = ({**nodes, 'chief': [each]} for each in nodes['chief'])
  arguments = {'model_dir': model_dir, 'max_steps': 1_000_000}
  arguments |= slow_training.SLOW
  family.task(slow_training.TRAIN, first, 'ps', **arguments)
  old = family.task(slow_training.TRAIN, first, 'chief', **arguments)
  slow_training.reaches(old, 15)
  old.signal(signal.SIGSTOP)
  new = family.task(slow_training.TRAIN, second, 'chief', **arguments)
  slow_training.reaches(new, 15)
  saves = old.output().count('Saving checkpoints')
  old.signal(signal.SIGCONT).ends(1)
  assert 'Another chief trains on the parameter servers' in old.output()
  assert old.output().count('Saving checkpoints') == saves
  slow_training.reaches(new, slow_training.step_of(model_dir) + 20)


def test_other_max_steps(family, model_dir):
  """Each task trains up to its own max_steps; the chief saves at its own."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  arguments = {'model_dir': model_dir, **slow_training.SLOW}
  family.task(slow_training.TRAIN, nodes, 'ps', **arguments)
  chief = family.task(
    slow_training.TRAIN, nodes, 'chief', max_steps=60, **arguments
  )
  worker = family.task(
    slow_training.TRAIN, nodes, 'worker', max_steps=120, **arguments
  )
  chief.ends()
  saved = slow_training.step_of(model_dir)
  worker.ends()
  assert 60 <= saved == slow_training.step_of(model_dir) <= 70


def test_other_models(family, model_dir):
  """A worker with another model is told which variables differ."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  arguments = {
    'model_dir': model_dir,
    'max_steps': 100000,
    **slow_training.SLOW,
  }
  family.task(slow_training.TRAIN, nodes, 'ps', **arguments)
  chief = family.task(slow_training.TRAIN, nodes, 'chief', width=3, **arguments)
  slow_training.reaches(chief, 5)
  for width, text in (
    (5, 'Variable hidden has shape (4, 5) here, and [4, 3]'),
    (None, 'Variable out has shape (4, 1) here, and [3, 1]'),
  ):
    worker = family.task(
      slow_training.TRAIN, nodes, 'worker', width=width, **arguments
    )
    output = worker.ends(1).output()
    assert 'another model than the chief' in output
    assert text in output
  assert chief.poll() is None


def test_second_training(family, tmp_path):
  """Another training in the same processes begins with its own values."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  dirs = [str(tmp_path / name) for name in ('first', 'second')]
  tasks = family.tasks(
    'tests.distribution.servers.server_programs:train_twice',
    nodes,
    model_dirs=dirs,
  )
  for name in ('chief0', 'worker0'):
    tasks[name].ends()
  assert [slow_training.step_of(path) // 10 for path in dirs] == [4, 8]
  trained = json.loads(tasks['worker0'].output().rpartition('trained ')[2])
  assert trained[0] > 0
  assert trained[1] > 0
