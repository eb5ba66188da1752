"""Ends workers at bad moments, and starts them wrongly."""

import re
import signal
import socket

import pytest
import tensorflow as tf

from tests.distribution import processes

pytestmark = pytest.mark.cluster

TRAIN = 'tests.distribution.workers.programs:train'
SLOW = {'seconds_per_step': 0.1, 'max_steps': 2000}
LOOPS = {
  'every': 100,
  'max_steps': 1_000_000,
  'save_checkpoints_steps': 200,
  'save_summary_steps': 100,
}
# {how they train: what worker 0 says when it is under way}
WAYS = {'step 12': SLOW, 'step 499': LOOPS}
LOST = 'cannot go on'


def start(family, model_dir, **arguments):
  """Two workers."""
  nodes = processes.cluster(worker=2)
  return nodes, family.tasks(TRAIN, nodes, model_dir=model_dir, **arguments)


@pytest.mark.parametrize('said', WAYS)
@pytest.mark.parametrize(('victim', 'other'), [(0, 1), (1, 0)])
def test_killed_worker_ends_the_other(family, model_dir, victim, other, said):
  """Within seconds, with an error that names it and says what to do."""
  _, tasks = start(family, model_dir, **WAYS[said])
  tasks['worker0'].says(said)
  tasks[f'worker{victim}'].kill()
  task = tasks[f'worker{other}']
  task.ends(1, seconds=30)
  assert LOST in task.output()
  assert f'/job:worker/task:{victim}' in task.output()
  assert tf.train.load_variable(model_dir, 'global_step') >= 10


@pytest.mark.parametrize('said', WAYS)
@pytest.mark.parametrize('index', [0, 1])
def test_sigterm_ends_all_after_the_same_step(family, model_dir, index, said):
  """The checkpoint is that of the last step; the other ends normally."""
  _, tasks = start(family, model_dir, **WAYS[said])
  tasks['worker0'].says(said)
  tasks[f'worker{index}'].signal(signal.SIGTERM)
  tasks[f'worker{index}'].ends(143, seconds=20)
  tasks[f'worker{1 - index}'].ends(0, seconds=20)
  (*_, last), other = (
    re.findall(r'^step (\d+)', task.output(), re.MULTILINE)
    for task in tasks.values()
  )
  assert last == other[-1]
  saved = tf.train.load_variable(model_dir, 'global_step')
  assert saved == int(last) + 1


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGKILL])
def test_evaluator_ended_and_back(family, model_dir, number):
  """The workers go on without it; the next one evaluates what they end with."""
  nodes = processes.cluster(worker=2)
  arguments = {
    'model_dir': model_dir,
    'seconds_per_step': 0.05,
    'max_steps': 150,
  }
  tasks = family.tasks(TRAIN, nodes, **arguments)
  evaluator = family.task(TRAIN, nodes, 'evaluator', **arguments)
  evaluator.says('Saving dict for global step')
  evaluator.signal(number).ends(143 if number == signal.SIGTERM else -9)
  again = family.task(TRAIN, nodes, 'evaluator', **arguments)
  for task in (*tasks.values(), again):
    task.ends()
  assert 'Saving dict for global step 150' in again.output()


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


@pytest.mark.parametrize(
  ('stays', 'batches', 'loops'),
  [(False, 7, {}), (True, 7, {}), (True, 555, LOOPS)],
)
def test_input_that_ends_early_on_one_worker(
  family, model_dir, stays, batches, loops
):
  """Both end with an error, also where the process of the first one stays."""
  _, tasks = start(
    family,
    model_dir,
    batches=[None, batches],
    stays=[False, stays],
    patience=5.0,
    **loops,
  )
  tasks['worker0'].ends(1)
  tasks['worker1'].says('Training ended in this worker while others go on')
  assert not stays or tasks['worker1'].poll() is None


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
    'tests.distribution.workers.programs:bare_train',
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
