"""Ends the tasks of clusters at bad moments, and starts them wrongly."""

import re
import signal
import socket
import time

import pytest
import tensorflow as tf

from tests.distribution import processes
from tests.distribution.servers import slow_training

pytestmark = pytest.mark.cluster


def start(family, nodes, **arguments):
  """A cluster that trains."""
  tasks = family.tasks(
    slow_training.TRAIN, nodes, **{**slow_training.SLOW, **arguments}
  )
  for name, task in tasks.items():
    if not name.startswith('ps'):
      task.says('step ')
  return tasks


def test_worker_killed_and_back(family, model_dir):
  """The others train on without a worker, which joins them once it is back."""
  nodes = processes.cluster(chief=1, worker=2, ps=1)
  tasks = start(family, nodes, model_dir=model_dir, max_steps=300)
  tasks['worker0'].kill()
  reached = slow_training.step_of(model_dir)
  slow_training.reaches(tasks['chief0'], reached + 20)
  again = family.task(
    slow_training.TRAIN,
    nodes,
    'worker',
    model_dir=model_dir,
    max_steps=300,
    **slow_training.SLOW,
  )
  again.says('step ')
  for task in (tasks['chief0'], tasks['worker1'], again):
    task.ends()
  assert slow_training.step_of(model_dir) >= 300


@pytest.mark.parametrize('index', [0, 1])
def test_server_killed_and_back(family, model_dir, index):
  """Chief and worker go on in the same processes, from the last checkpoint."""
  nodes = processes.cluster(chief=1, worker=1, ps=2)
  tasks = start(family, nodes, model_dir=model_dir, max_steps=200)
  slow_training.reaches(tasks['chief0'], 30)
  tasks[f'ps{index}'].kill()
  family.task(slow_training.TRAIN, nodes, 'ps', index, model_dir=model_dir)
  tasks['chief0'].ends()
  tasks['worker0'].ends()
  assert 'Restoring parameters' in tasks['chief0'].output()
  assert slow_training.step_of(model_dir) >= 200


def test_server_stays_away(family, model_dir):
  """Every process ends with an error that names it, when its time is up."""
  nodes = processes.cluster(chief=1, worker=1, ps=2)
  tasks = start(
    family,
    nodes,
    model_dir=model_dir,
    max_steps=10000,
    session_creation_timeout_secs=5,
  )
  tasks['ps1'].kill()
  for name in ('chief0', 'worker0'):
    output = tasks[name].ends(1).output()
    assert 'DeadlineExceededError' in output
    assert f'/job:ps/task:1 ({nodes["ps"][1]})' in output
    assert 'after waiting 5 secs' in output


def test_server_that_says_nothing(family, model_dir):
  """It is waited for up to the limit, by one attempt to connect, whatever it does.

  Two at once end in errors of TensorFlow's, or with a segmentation fault.
  """
  nodes = processes.cluster(chief=1, ps=1)
  host, port = nodes['ps'][0].split(':')
  chief = family.task(
    'tests.distribution.servers.server_programs:count_attempts',
    nodes,
    'chief',
    model_dir=model_dir,
    session_creation_timeout_secs=10,
  )
  for _ in range(2):
    with socket.create_server((host, int(port))):
      chief.says('attempts 1')
      time.sleep(2)
    time.sleep(2)
  with socket.create_server((host, int(port))):
    output = chief.ends(1).output()
  assert 'DeadlineExceededError' in output
  assert 'attempts 2' not in output


def test_chief_killed_and_back(family, model_dir):
  """The worker trains on meanwhile; the chief resumes from the checkpoint."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  tasks = start(family, nodes, model_dir=model_dir, max_steps=400)
  slow_training.reaches(tasks['chief0'], 30)
  tasks['chief0'].kill()
  # The name may be a step behind the value: the worker goes on meanwhile.
  saved = tf.train.latest_checkpoint(model_dir)
  slow_training.reaches(tasks['worker0'], slow_training.step_of(model_dir) + 15)
  again = family.task(
    slow_training.TRAIN,
    nodes,
    'chief',
    model_dir=model_dir,
    max_steps=400,
    **slow_training.SLOW,
  )
  again.says(f'Restoring parameters from {saved}\n')
  again.ends()
  tasks['worker0'].ends()
  assert slow_training.step_of(model_dir) >= 400


@pytest.mark.parametrize('name', ['chief0', 'worker0', 'ps0', 'evaluator0'])
def test_sigterm(family, model_dir, name):
  """Each role ends by itself, with 143; the chief has saved its last step."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  arguments = {'model_dir': model_dir, 'max_steps': 100000}
  tasks = start(family, nodes, **arguments)
  tasks['evaluator0'] = family.task(
    slow_training.TRAIN, nodes, 'evaluator', **arguments
  )
  tasks['evaluator0'].says('Saving dict for global step')

  output = (
    tasks[name]
    .signal(signal.SIGTERM)
    .ends(slow_training.DIES_BY_SIGTERM)
    .output()
  )

  if name == 'chief0':
    steps = re.findall(r'^step (\d+)', output, re.MULTILINE)
    assert slow_training.step_of(model_dir) >= int(steps[-1])


def test_evaluator_killed_and_back(family, model_dir):
  """It evaluates what training ends with, and exports nothing twice."""
  nodes = processes.cluster(chief=1, ps=1)
  arguments = {'model_dir': model_dir, 'max_steps': 200}
  tasks = start(family, nodes, **arguments)
  evaluator = family.task(slow_training.TRAIN, nodes, 'evaluator', **arguments)
  evaluator.says('Saving dict for global step')
  evaluator.kill()
  again = family.task(slow_training.TRAIN, nodes, 'evaluator', **arguments)
  tasks['chief0'].ends()
  assert 'Saving dict for global step 20' in again.ends().output()


def test_port_that_is_taken(family, model_dir):
  """A task whose port is taken says so, and which."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  for job in ('worker', 'ps'):
    with socket.socket() as other:
      host, port = nodes[job][0].split(':')
      other.bind((host, int(port)))
      other.listen()
      output = family.task(slow_training.TRAIN, nodes, job, model_dir=model_dir)
      output = output.ends(1).output()
      assert f'Task {job} 0 cannot listen at {nodes[job][0]}' in output


@pytest.mark.parametrize('short', ['chief', 'worker'])
def test_input_that_ends_early(family, model_dir, short):
  """The task whose input ends leaves; the others train to the end."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  tasks = {
    job: family.task(
      slow_training.TRAIN,
      nodes,
      job,
      model_dir=model_dir,
      max_steps=150,
      batches=20 if job == short else None,
      **slow_training.SLOW,
    )
    for job in ('chief', 'worker', 'ps')
  }
  tasks[short].ends()
  tasks['worker' if short == 'chief' else 'chief'].ends()
  assert slow_training.step_of(model_dir) >= (20 if short == 'chief' else 150)


def test_model_dirs_of_their_own(family, tmp_path):
  """Without a shared directory training works; the worker writes nothing."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  tasks = {
    job: family.task(
      slow_training.TRAIN,
      nodes,
      job,
      model_dir=str(tmp_path / job),
      **slow_training.SLOW,
    )
    for job in ('chief', 'worker')
  }
  family.task(
    slow_training.TRAIN, nodes, 'ps', model_dir=str(tmp_path / 'chief')
  )
  tasks['chief'].ends()
  tasks['worker'].ends()
  assert slow_training.step_of(str(tmp_path / 'chief')) >= 100
  assert not (tmp_path / 'worker').exists()


def test_mistakes_in_tf_config(family, model_dir):
  """An address that is none is named, with its key."""
  nodes = {'chief': ['localhost'], 'ps': ['localhost:0']}
  for job, key in (
    ('chief', 'cluster["chief"][0]'),
    ('ps', 'cluster["ps"][0]'),
  ):
    task = family.task(
      slow_training.TRAIN, nodes, job, model_dir=model_dir
    ).ends(1)
    assert f'{key} ({nodes[job][0]!r}) in TF_CONFIG must be' in task.output()


@pytest.mark.parametrize(
  ('task', 'message'),
  [
    ({}, 'task type must be set'),
    ({'type': 'worker', 'index': 1}, '1 is not a valid task_id'),
  ],
)
def test_task_of_no_cluster(family, model_dir, task, message):
  """A task that is missing, or not in the cluster, ends the process at once."""
  nodes = processes.cluster(chief=1, worker=1, ps=1)
  tf_config = {'cluster': nodes, 'task': task}
  output = (
    family.start(slow_training.TRAIN, tf_config, model_dir=model_dir)
    .ends(1)
    .output()
  )
  assert message in output
  assert 'TF_CONFIG' in output.partition('ValueError: ')[2]
