"""Trains two workers in step, in processes of their own."""

import os
import re

import numpy as np
import pytest
import tensorflow as tf

from tests.distribution import processes

pytestmark = pytest.mark.cluster

PROGRAM = 'tests.distribution.workers.worker_programs:'
TWO_WORKERS = {'worker': 2}
CHIEF_AND_WORKER = {'chief': 1, 'worker': 1}


def losses(task):
  """{step: loss} of what a task printed."""
  found = re.findall(r'^step (\d+) loss ([\d.]+)', task.output(), re.MULTILINE)
  return {int(step): float(loss) for step, loss in found}


def variables(model_dir):
  reader = tf.train.load_checkpoint(model_dir)
  return {
    name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
  }


@pytest.mark.parametrize(
  'jobs, without',
  [
    (TWO_WORKERS, None),
    (CHIEF_AND_WORKER, None),
    (TWO_WORKERS, 'eager_execution'),
    (CHIEF_AND_WORKER, 'v2_behavior'),
  ],
)
def test_two_workers_equal_two_replicas(family, model_dir, jobs, without):
  """Losses, keys and values; nothing of the second worker stays behind."""
  tasks = family.tasks(
    PROGRAM + 'train',
    processes.cluster(**jobs),
    model_dir=model_dir,
    without=without,
  )
  alone = family.start(PROGRAM + 'mirrored', {}, model_dir=model_dir + '_one')
  for task in (*tasks.values(), alone):
    task.ends()
  for task in tasks.values():
    assert losses(task) == pytest.approx(losses(alone), rel=1e-5)
  assert not [name for name in os.listdir(model_dir) if 'tmp' in name]
  ours, one = variables(model_dir), variables(model_dir + '_one')
  assert set(ours) == set(one)
  for name, value in one.items():
    np.testing.assert_allclose(ours[name], value, rtol=1e-5, atol=1e-6)


def test_restart_and_evaluator(family, model_dir):
  """All killed and started again go on with the losses of one training."""
  nodes = processes.cluster(worker=2)
  workers = [('worker', 0), ('worker', 1)]

  def start(tasks, **arguments):
    return {
      f'{job}{index}': family.task(
        PROGRAM + 'train', nodes, job, index, model_dir=model_dir, **arguments
      )
      for job, index in tasks
    }

  first = start(workers, seconds_per_step=0.1, max_steps=2000)
  first['worker0'].says('step 23')
  for task in first.values():
    task.kill()
  again = start([*workers, ('evaluator', 0)], max_steps=60)
  whole = family.start(
    PROGRAM + 'mirrored', {}, model_dir=model_dir + '_whole', max_steps=60
  )
  for task in (*again.values(), whole):
    task.ends()
  kept = tf.train.get_checkpoint_state(model_dir).all_model_checkpoint_paths
  # Not even one that was there before: no other worker removes the chief's.
  assert len(kept) == 5
  assert all(os.path.exists(f'{path}.index') for path in kept)
  resumed, expected = losses(again['worker1']), losses(whole)
  assert min(resumed) >= 20
  assert resumed == pytest.approx({s: expected[s] for s in resumed}, rel=1e-4)
  assert 'Saving dict for global step 60' in again['evaluator0'].output()


# Steps that no hook looks at, in stretches that are worth a loop.
LOOPS = {
  'every': 50,
  'max_steps': 400,
  'save_checkpoints_steps': 100,
  'save_summary_steps': 100,
}


@pytest.mark.parametrize(
  ('jobs', 'changes', 'most_runs'),
  [
    (TWO_WORKERS, {}, 60),
    (CHIEF_AND_WORKER, {'without': 'v2_behavior'}, 60),
    ({'worker': 3}, {}, 60),
    # One that looks at each step keeps the others from loops.
    (TWO_WORKERS, {'every': [50, 1]}, 400),
  ],
)
def test_steps_in_loops(family, model_dir, jobs, changes, most_runs):
  """What comes of them is what comes of steps one by one."""
  nodes = processes.cluster(**jobs)
  results = []
  for folder, arguments in (
    (model_dir, LOOPS | changes),
    (model_dir + '_one', LOOPS | changes | {'every': 1}),
  ):
    tasks = family.tasks(
      PROGRAM + 'train', nodes, model_dir=folder, **arguments
    )
    for task in tasks.values():
      task.ends()
    results.append((losses(tasks['worker0']), variables(folder)))
  (looked, ours), (each, one) = results
  assert len(each) == 400
  assert 8 <= len(looked) <= most_runs
  assert looked == pytest.approx({s: each[s] for s in looked}, rel=1e-5)
  for name, value in one.items():
    np.testing.assert_allclose(ours[name], value, rtol=1e-5, atol=1e-6)


def trained(family, model_dir, **arguments):
  """The tasks of two workers that have ended well."""
  tasks = family.tasks(
    PROGRAM + 'train',
    processes.cluster(worker=2),
    model_dir=model_dir,
    **arguments,
  )
  for task in tasks.values():
    task.ends()
  return tasks


@pytest.mark.parametrize('has_address', [False, True])
def test_evaluator_under_the_strategy(family, model_dir, has_address):
  """It evaluates under the strategy, alone, wherever its address is."""
  nodes = processes.cluster(
    worker=1, **({'evaluator': 1} if has_address else {})
  )
  arguments = {
    'model_dir': model_dir,
    'max_steps': 10,
    'evaluate_under_it': True,
  }
  for job in ('worker', 'evaluator'):
    task = family.task(PROGRAM + 'train', nodes, job, **arguments).ends()
  assert 'Saving dict for global step 10' in task.output()


@pytest.mark.parametrize(('batches', 'loops'), [(7, {}), (233, LOOPS)])
def test_input_that_ends_everywhere(family, model_dir, batches, loops):
  """Workers with as many batches end together, and save."""
  trained(family, model_dir, batches=batches, **loops)
  assert tf.train.load_variable(model_dir, 'global_step') == batches


@pytest.mark.parametrize(
  ('early', 'arguments'),
  [
    (5, {}),
    (5, {'without': 'eager_execution'}),
    (5, {'without': 'v2_behavior'}),
    (170, LOOPS),
  ],
)
def test_early_stopping_stops_all(family, model_dir, early, arguments):
  """The chief decides; the workers end after the same step."""
  arguments = arguments | {'early': early, 'max_steps': 1000}
  tasks = trained(family, model_dir, **arguments)
  assert losses(tasks['worker0']) == losses(tasks['worker1'])
  # It is asked after the first step, and stops then or soon.
  assert tf.train.load_variable(model_dir, 'global_step') <= 2 * early


def test_nan_ends_all(family, model_dir):
  """A loop ends at it, in all workers."""
  tasks = family.tasks(
    PROGRAM + 'train',
    processes.cluster(worker=2),
    model_dir=model_dir,
    nan_at=120,
    **LOOPS,
  )
  for task in tasks.values():
    task.ends(1)
    assert 'NanLossDuringTrainingError' in task.output()
