"""Checks which batch each replica gets."""

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import replica_inputs
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.fixture
def strategy():
  """A strategy of one replica in one process."""
  return tf.distribute.MirroredStrategy(['/cpu:0'])


def test_a_process_alone_reads_all(strategy):
  """Its input_context says so."""
  context = replica_inputs.context_of(strategy)

  assert context.num_input_pipelines == 1
  assert context.input_pipeline_id == 0
  assert context.num_replicas_in_sync == 1


def test_batches_come_in_the_order_of_the_dataset(strategy):
  """As features and labels of each replica."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    data = tf.data.Dataset.range(3).map(lambda n: ({'x': n}, 10 * n))
    iterator = replica_inputs.ReplicaIterator(data, strategy)
    ((features, labels),) = iterator.get_next()
    (hook,) = iterator.hooks
    hook.begin()
    hook.after_create_session(session, None)
    got = [session.run([features['x'], labels]) for _ in range(3)]

  assert got == [[0, 0], [1, 10], [2, 20]]


def test_a_function_is_called_for_each(strategy):
  """What it returns is the batch of a replica."""
  with tf.Graph().as_default():
    iterator = replica_inputs.ReplicaIterator(
      lambda: (tf.constant(1), tf.constant(2)), strategy
    )

    assert len(iterator.get_next()) == 1


def test_other_results_are_refused(strategy):
  """The error says what an input_fn must return."""
  with pytest.raises(ValueError, match='a tf.data.Dataset or a callable'):
    replica_inputs.ReplicaIterator({'x': 1}, strategy)
