"""Ends workers at bad moments; the others notice."""

import re
import signal

import pytest
import tensorflow as tf

from tests.distribution import processes

pytestmark = pytest.mark.cluster

TRAIN = 'tests.distribution.workers.worker_programs:train'
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
  """The checkpoint is that of the last step; none ends as if all were done."""
  _, tasks = start(family, model_dir, **WAYS[said])
  tasks['worker0'].says(said)
  tasks[f'worker{index}'].signal(signal.SIGTERM)
  tasks[f'worker{index}'].ends(143, seconds=60)
  tasks[f'worker{1 - index}'].ends(143, seconds=60)
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
