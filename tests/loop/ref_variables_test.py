"""Runs a program of TF 1, in whose time a variable's name gave its value."""

import json

import pytest

from tests import fresh

PROGRAM = """
import json, sys
import tensorflow as tf
v1 = tf.compat.v1
getattr(v1, sys.argv[1])()
import tfcompat_estimator
tfcompat_estimator.install()

found = {}

class Look(v1.train.SessionRunHook):
  def after_create_session(self, session, coord):
    graph = v1.get_default_graph()
    names = ['w:0', 'w/read:0', 'part/part_0:0', 'part/part_1/read:0']
    found['named'] = [value.tolist() for value in session.run(names)]
    tensor = graph.get_tensor_by_name('w:0')
    found['tensor'] = session.run(tensor).tolist()
    found['fed'] = session.run(
      ['w:0', 'fed:0'], {'fed:0': 5})[0].tolist()
  def before_run(self, run_context):
    return v1.train.SessionRunArgs({'w': 'w:0'})
  def after_run(self, run_context, run_values):
    found['run'] = run_values.results['w'].tolist()

def model_fn(features, labels, mode):
  with v1.name_scope('elsewhere'):
    w = v1.get_variable('w', [2], initializer=v1.ones_initializer())
  v1.get_variable(
    'part', [2, 1], initializer=v1.zeros_initializer(),
    partitioner=v1.fixed_size_partitioner(2))
  v1.placeholder_with_default(1, [], 'fed')
  loss = tf.reduce_sum(w)
  train_op = v1.train.GradientDescentOptimizer(0.5).minimize(
    loss, v1.train.get_global_step())
  log = v1.train.LoggingTensorHook(['w:0'], every_n_iter=1)
  return tf.estimator.EstimatorSpec(
    mode, loss=loss, train_op=train_op, predictions=w, training_hooks=[log])

estimator = tf.estimator.Estimator(model_fn, sys.argv[2])
x = lambda: tf.data.Dataset.from_tensors(([[1.]], [[1.]])).repeat()
estimator.train(x, steps=2, hooks=[Look()])
found['names'] = sorted(estimator.get_variable_names())
print(json.dumps(found))
"""


@pytest.mark.parametrize(
  'off', ['disable_v2_behavior', 'disable_resource_variables']
)
def test_names_of_variables_give_their_values(off, tmp_path):
  """By string and as a tensor, to sessions and to hooks."""
  printed = fresh.printed('-c', PROGRAM, off, tmp_path / 'model')
  assert json.loads(printed.splitlines()[-1]) == {
    'named': [[1, 1], [1, 1], [[0]], [[0]]],
    'tensor': [1, 1],
    'fed': [1, 1],
    'run': [0, 0],  # what the step wrote, as in a Session
    'names': ['global_step', 'part', 'w'],
  }
