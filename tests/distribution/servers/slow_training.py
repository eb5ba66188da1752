"""A training that leaves time to end tasks of its cluster."""

import re

import tensorflow as tf

TRAIN = 'tests.distribution.servers.server_programs:train'
SLOW = {'seconds_per_step': 0.05, 'save_checkpoints_steps': 10}
DIES_BY_SIGTERM = 143


def step_of(model_dir):
  return int(tf.train.load_variable(model_dir, 'global_step'))


def reaches(task, step):
  """Waits until a task prints a global step that is at least this one."""

  def is_there():
    steps = re.findall(r'^step (\d+)', task.output(), re.MULTILINE)
    return bool(steps) and int(steps[-1]) >= step

  task.until(is_there, f'step {step}')
