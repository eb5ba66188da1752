"""Optimizers that add up gradients of one id are spared it where ids are unique."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  unique_ids,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
IDS = [[3, 1], [3, 3], [0, 1]]


def embedding():
  return v1.get_variable(
    'embedding',
    initializer=np.arange(8, dtype=np.float32).reshape(4, 2),
    use_resource=True,
  )


def sparse_lookup(variable, ids):
  return tf.nn.embedding_lookup_sparse(
    variable, tf.sparse.from_dense(ids), None, combiner='sum'
  )


def dense_lookup(variable, ids):
  """Reads rows as often as ids repeat: the optimizer has to add up."""
  return tf.nn.embedding_lookup(variable, ids)


def v1_adagrad(loss, variable):
  optimizer = v1.train.AdagradOptimizer(0.1)
  return optimizer.minimize(loss, var_list=[variable])


def keras_adagrad(loss, variable):
  optimizer = tf_keras.optimizers.legacy.Adagrad(0.1)
  optimizer.iterations = v1.train.get_or_create_global_step()
  (update,) = optimizer.get_updates(loss, [variable])
  return update


OPTIMIZERS = {'v1': v1_adagrad, 'keras': keras_adagrad}


def trained(lookup, optimizer):
  """The variable after three steps, and how the step's program looked."""
  with tf.Graph().as_default() as graph:
    variable = embedding()
    rows = lookup(variable, tf.constant(IDS, tf.int64))
    step = OPTIMIZERS[optimizer](tf.reduce_sum(rows**2), variable)
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      for _ in range(3):
        session.run(step)
      return session.run(variable)


@pytest.mark.parametrize('optimizer', OPTIMIZERS)
@pytest.mark.parametrize('lookup', [sparse_lookup, dense_lookup])
def test_variables(lookup, optimizer, monkeypatch):
  """The result is what it was."""
  found = trained(lookup, optimizer)
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', 'unique_ids')

  np.testing.assert_array_equal(found, trained(lookup, optimizer))


def sums_left(lookup, optimizer, fed=()):
  """How many nodes of a step still add up gradients, and look for repetitions."""
  with tf.Graph().as_default() as graph:
    variable = embedding()
    rows = lookup(variable, tf.constant(IDS, tf.int64))
    OPTIMIZERS[optimizer](tf.reduce_sum(rows**2), variable)
  graph_def = graph.as_graph_def()
  unique_ids.apply(
    node_graph.NodeGraph(graph_def, fed), graph_pass.Context(graph)
  )
  tf.graph_util.import_graph_def(graph_def, name='')  # It is sound.
  return sum(node.op == 'UnsortedSegmentSum' for node in graph_def.node)


def test_what_is_spared():
  """The sum over groups of one, and only that."""
  with tf.Graph().as_default():
    assert sums_left(sparse_lookup, 'v1') == 0
  with tf.Graph().as_default():
    assert sums_left(dense_lookup, 'v1') == 1


def test_fed_ids_may_repeat():
  """What is fed for unique ids is not known to be unique."""
  with tf.Graph().as_default():
    assert (
      sums_left(sparse_lookup, 'v1', ['embedding_lookup_sparse/Unique:0']) == 1
    )
