"""Clusters that train while something happens to their hosts."""

import re
import time

import tensorflow as tf

SERVERS = 'tests.distribution.servers.server_programs:train'
WORKERS = 'tests.distribution.workers.worker_programs:train'
# Trains until something ends it.
SLOW = {
  'seconds_per_step': 0.05,
  'save_checkpoints_steps': 10,
  'max_steps': 1_000_000,
}
# What `session_creation_timeout_secs` is, where it is waited for.
LIMIT = 20


class Running:
  """A cluster that trains.

  Args:
    family: Starts its tasks.
    program: What they run.
    nodes: The "cluster" of TF_CONFIG.
    **arguments: Of the program, besides those of `SLOW`.
  """

  def __init__(self, family, program, nodes, **arguments):
    self._family = family
    self._program = program
    self._nodes = nodes
    self._arguments = {**SLOW, **arguments}
    self.tasks = family.tasks(program, nodes, **self._arguments)
    self.trainers = [name for name in self.tasks if 'ps' not in name]
    self.go_on(self.trainers, steps=10)

  def __getitem__(self, name):
    return self.tasks[name]

  def start(self, name):
    """Starts a task again."""
    job, index = re.fullmatch(r'([a-z]+)(\d+)', name).groups()
    self.tasks[name] = self._family.task(
      self._program, self._nodes, job, int(index), **self._arguments
    )
    return self.tasks[name]

  def go_on(self, names=None, steps=20, seconds=120):
    """Waits until each task has taken so many more steps; how long that took."""
    start = time.monotonic()
    names = self.trainers if names is None else names
    taken = {name: len(steps_of(self[name])) for name in names}
    for name in names:
      self[name].until(
        lambda name=name: len(steps_of(self[name])) >= taken[name] + steps,
        f'{steps} steps',
        seconds,
      )
    return time.monotonic() - start

  def end_within(self, names, seconds, *texts):
    """The tasks end with an error that says this, in time; how long that took."""
    start = time.monotonic()
    for name in names:
      output = self[name].ends(1, seconds).output()
      for text in texts:
        assert text in output
    return time.monotonic() - start


def beside_servers(family, cluster, model_dir, jobs=None, **arguments):
  """A chief and two workers that train on a server, or the jobs given."""
  nodes = cluster(**(jobs or {'chief': 1, 'worker': 2, 'ps': 1}))
  return Running(family, SERVERS, nodes, model_dir=model_dir, **arguments)


def in_step(family, cluster, model_dir):
  """Three workers that train in step."""
  return Running(family, WORKERS, cluster(worker=3), model_dir=model_dir)


def steps_of(task):
  """The global steps of those that a task took."""
  found = re.findall(r'^step (\d+)', task.output(), re.MULTILINE)
  return [int(step) for step in found]


def saved_step(model_dir):
  return int(tf.train.load_variable(model_dir, 'global_step'))
