"""Ends workers at bad moments, and starts them wrongly."""

import signal
import socket

import pytest
import tensorflow as tf

from tests.distribution import processes

pytestmark = pytest.mark.cluster

TRAIN = 'tests.distribution.workers.worker_programs:train'


def start(family, model_dir, **arguments):
  """Two workers."""
  nodes = processes.cluster(worker=2)
  return nodes, family.tasks(TRAIN, nodes, model_dir=model_dir, **arguments)


@pytest.mark.parametrize('without', [None, 'v2_behavior'])
def test_worker_that_never_comes(family, model_dir, without):
  """The others end when their time is up, with an error that names it."""
  nodes = processes.cluster(chief=1, worker=2)
  tasks = [
    family.task(
      TRAIN,
      nodes,
      *task,
      model_dir=model_dir,
      session_creation_timeout_secs=5,
      without=without,
    )
    for task in (('chief', 0), ('worker', 1))
  ]
  for task in tasks:
    output = task.ends(1).output()
    assert 'DeadlineExceededError: Session was not ready after waiting 5' in (
      output
    )
    missing = f'/job:worker/task:0 ({nodes["worker"][0]})'
    assert f'do not answer: {missing}' in output


def test_worker_that_does_not_begin(family, model_dir):
  """The other ends when its time is up, though that one does answer."""
  _, tasks = start(
    family,
    model_dir,
    seconds_to_build=[0, 60],
    session_creation_timeout_secs=5,
  )
  output = tasks['worker0'].ends(1).output()
  assert 'a worker that did not come within 5 seconds' in output
  assert 'Waited 5 seconds for another worker' in output


def test_worker_that_comes_late(family, model_dir):
  """The other says what it waits for, and trains once that is there."""
  nodes = processes.cluster(worker=2)
  first = family.task(TRAIN, nodes, 'worker', 0, model_dir=model_dir)
  first.says('Waiting. Workers that do not answer: /job:worker/task:1')
  second = family.task(TRAIN, nodes, 'worker', 1, model_dir=model_dir)
  first.ends()
  second.ends()
  assert tf.train.load_variable(model_dir, 'global_step') == 40


def test_sigterm_while_waiting(family, model_dir):
  """A worker that waits for others ends, too."""
  nodes = processes.cluster(worker=2)
  worker = family.task(TRAIN, nodes, 'worker', 1, model_dir=model_dir)
  worker.says('Waiting. Workers that do not answer')
  worker.signal(signal.SIGTERM).ends(143)


def test_taken_port(family, model_dir):
  """It is named."""
  nodes = processes.cluster(worker=2)
  with socket.socket() as taken:
    taken.bind(('127.0.0.1', int(nodes['worker'][0].split(':')[1])))
    taken.listen()
    task = family.task(TRAIN, nodes, 'worker', model_dir=model_dir)
    task.ends(1)
  message = f'Task worker 0 cannot listen at {nodes["worker"][0]}'
  assert f'UnknownError: {message}' in task.output()


def test_train_without_its_role(family, model_dir):
  """`train` by itself does not read the task; the error says what does."""
  task = family.task(
    'tests.distribution.workers.worker_programs:bare_train',
    processes.cluster(worker=1),
    'worker',
    model_dir=model_dir,
  )
  task.ends(1)
  assert 'ValueError' in task.output()
  assert 'train_and_evaluate' in task.output()


@pytest.mark.parametrize(
  ('task', 'message'),
  [
    (None, 'task type must be set'),
    ({'type': 'worker'}, 'task index must be set'),
    ({'type': 'wroker', 'index': 0}, 'wroker is not a valid task_type'),
    ({'type': 'worker', 'index': 2}, '2 is not a valid task_id'),
    ({'type': 'worker', 'index': '1st'}, "'1st') must be a number from 0 on"),
  ],
)
def test_mistakes_in_tf_config(family, model_dir, task, message):
  """The error names TF_CONFIG, whose task TensorFlow's strategy reads first."""
  tf_config = {'cluster': processes.cluster(worker=2), 'task': task or {}}
  output = family.start(TRAIN, tf_config, model_dir=model_dir).ends(1).output()
  assert message in output
  assert 'TF_CONFIG' in output.partition('ValueError: ')[2]
