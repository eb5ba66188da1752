"""Tests where the operations of a training stand."""

import json

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution.servers import placement
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1

NODES = {'chief': ['a:1'], 'worker': ['b:1', 'c:1'], 'ps': ['d:1', 'e:1']}


def config_of(monkeypatch, job, index, nodes=None, **kwargs):
  task = {'type': job, 'index': index}
  tf_config = {'cluster': nodes or NODES, 'task': task}
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  return run_config.RunConfig(**kwargs)


@pytest.mark.parametrize('job, index', [('chief', 0), ('worker', 1)])
def test_variables_are_on_servers(monkeypatch, job, index):
  """Variables and tables alternate between the servers; the rest is here."""
  config = config_of(monkeypatch, job, index)
  with (
    tf.Graph().as_default() as graph,
    graph.device(placement.device_fn(config)),
  ):
    parts = v1.get_variable(
      'parts', [4, 2], partitioner=v1.fixed_size_partitioner(3)
    )
    loss = tf.reduce_sum(tf.constant([1.0]))
    with tf.device('/gpu:1'):
      on_gpu = tf.constant(1)
  assert [part.device for part in parts] == [
    '/job:ps/task:0',
    '/job:ps/task:1',
    '/job:ps/task:0',
  ]
  here = f'/job:{job}/task:{index}'
  assert loss.device == here
  assert on_gpu.device.lower() == f'{here}/device:gpu:1'


def test_own_device_fn(monkeypatch):
  """A device_fn of the RunConfig has precedence."""
  mine = lambda op: '/cpu:0'  # noqa: E731
  config = config_of(monkeypatch, 'worker', 0, device_fn=mine)
  assert placement.device_fn(config) is mine


def test_no_servers(monkeypatch):
  """Without servers nothing is placed."""
  config = config_of(monkeypatch, 'chief', 0, {'chief': ['a:1']})
  assert placement.device_fn(config) is None
