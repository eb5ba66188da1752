"""Trains clusters on several hosts, whose tasks know each other by names."""

import glob
import re

import numpy as np
import pytest
import tensorflow as tf

from tests.distribution import processes

pytestmark = pytest.mark.hosts

SERVERS = 'tests.distribution.servers.server_programs:train'
WORKERS = 'tests.distribution.workers.worker_programs:train'
IN_STEP = {'max_steps': 40}


@pytest.fixture
def here(nursery, tmp_path):
  """Starts tasks on this host, to compare with."""
  folder = tmp_path / 'here'
  folder.mkdir()
  family = processes.Family(nursery, folder)
  yield family
  family.end()


def losses(task):
  """{step: loss} of what a worker in step printed."""
  found = re.findall(r'^step (\d+) loss ([\d.]+)', task.output(), re.MULTILINE)
  assert found
  return dict(found)


def variables(model_dir):
  reader = tf.train.load_checkpoint(model_dir)
  return {
    name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()
  }


def train(family, program, nodes, model_dir, **arguments):
  """Trains with all tasks of a cluster, and an evaluator; returns those that end."""
  tasks = family.tasks(program, nodes, model_dir=model_dir, **arguments)
  tasks['evaluator0'] = family.task(
    program, nodes, 'evaluator', model_dir=model_dir, **arguments
  )
  return {name: task.ends() for name, task in tasks.items() if 'ps' not in name}


def test_parameter_servers(family, cluster, model_dir):
  """All roles do what is theirs."""
  nodes = cluster(chief=1, worker=2, ps=2)
  tasks = train(
    family, SERVERS, nodes, model_dir, max_steps=60, seconds_per_step=0.05
  )
  for name in ('chief0', 'worker0', 'worker1'):
    assert tasks[name].output().count('step ') > 5
  assert glob.glob(f'{model_dir}/model.ckpt-*.data-00001-of-00002')
  step = tf.train.load_variable(model_dir, 'global_step')
  assert f'Saving dict for global step {step}' in tasks['evaluator0'].output()


def same(one, other):
  """Whether the checkpoints of two folders hold the same."""
  ours, theirs = variables(one), variables(other)
  assert set(ours) == set(theirs)
  for name, value in theirs.items():
    np.testing.assert_array_equal(ours[name], value, name)


def test_servers_as_on_one_machine(family, here, cluster, model_dir):
  """Where only one task trains, each variable is the same to the bit."""
  there = model_dir + '_there'
  train(family, SERVERS, cluster(chief=1, ps=2), there, max_steps=40)
  train(
    here, SERVERS, processes.cluster(chief=1, ps=2), model_dir, max_steps=40
  )
  same(there, model_dir)


def test_workers_in_step(family, here, cluster, model_dir):
  """Three of them report the losses that they report on one machine."""
  there = model_dir + '_there'
  ours = train(family, WORKERS, cluster(worker=3), there, **IN_STEP)
  nodes = processes.cluster(worker=3)
  theirs = train(here, WORKERS, nodes, model_dir, **IN_STEP)
  for name in ('worker0', 'worker1', 'worker2'):
    assert losses(ours[name]) == losses(theirs[name])
  assert 'Saving dict for global step 40' in ours['evaluator0'].output()
  for name, value in variables(model_dir).items():
    np.testing.assert_allclose(variables(there)[name], value, rtol=1e-6)
