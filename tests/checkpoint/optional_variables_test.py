"""Tests restoring checkpoints that lack an optional variable."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import optional_variables
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _variables():
  plain = v1.get_variable('plain', [2], initializer=v1.ones_initializer())
  parts = v1.get_variable(
    'parts',
    [5, 2],
    initializer=v1.random_normal_initializer(seed=1),
    partitioner=v1.fixed_size_partitioner(2),
  )
  return [plain, tf.identity(parts)]


@pytest.fixture
def saved(tmp_path):
  """A checkpoint of a plain and a partitioned variable, and their values."""
  with tf.Graph().as_default() as graph:
    variables = _variables()
    saver = v1.train.Saver(sharded=True)
    initialize = v1.global_variables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initialize)
      path = saver.save(session, str(tmp_path / 'model.ckpt'))
      return path, session.run(variables)


@pytest.mark.parametrize('sharded', [False, True])
def test_missing_variable_starts_fresh(saved, sharded):
  """What is in the file is restored, the rest has its initial value."""
  path, values = saved
  with tf.Graph().as_default() as graph:
    variables = _variables()
    added = v1.get_variable('added', initializer=7)
    optional_variables.declare(added)
    optional_variables.declare(added)
    saver = v1.train.Saver(sharded=sharded)
    with emulated_session.EmulatedSession(graph) as session:
      optional_variables.restore(session, saver, path)
      assert session.run(added) == 7
      for value, expected in zip(session.run(variables), values, strict=True):
        np.testing.assert_array_equal(value, expected)


def test_missing_variable_of_a_strategy(saved):
  """It has its initial value, though the graph is final."""
  path, _ = saved
  strategy = tf.distribute.MirroredStrategy(['/cpu:0'])
  with tf.Graph().as_default() as graph, strategy.scope():
    plain = v1.get_variable('plain', [2], initializer=v1.zeros_initializer())
    added = v1.get_variable('added', initializer=7)
    optional_variables.declare(added)
    saver = v1.train.Saver()
    graph.finalize()
    with emulated_session.EmulatedSession(graph) as session:
      optional_variables.restore(session, saver, path)
      assert session.run(added.values[0]) == 7
      assert session.run(plain.values[0]).tolist() == [1.0, 1.0]


def test_present_variable_is_restored(saved, tmp_path):
  """An optional variable that the file has is restored like any other."""
  path, _ = saved
  with tf.Graph().as_default() as graph:
    plain = v1.get_variable('plain', [2], initializer=v1.zeros_initializer())
    optional_variables.declare(plain)
    saver = v1.train.Saver()
    with emulated_session.EmulatedSession(graph) as session:
      optional_variables.restore(session, saver, path)
      assert session.run(plain).tolist() == [1, 1]


def test_other_missing_variables_fail(saved):
  """A variable that nobody declared optional must be in the file."""
  path, _ = saved
  with tf.Graph().as_default() as graph:
    optional_variables.declare(v1.get_variable('added', initializer=7))
    v1.get_variable('needed', initializer=7)
    saver = v1.train.Saver()
    with (
      emulated_session.EmulatedSession(graph) as session,
      pytest.raises(tf.errors.NotFoundError, match='needed'),
    ):
      optional_variables.restore(session, saver, path)


def test_missing_checkpoint(tmp_path):
  """A path without a checkpoint is the saver's to refuse."""
  with tf.Graph().as_default() as graph:
    optional_variables.declare(v1.get_variable('added', initializer=7))
    saver = v1.train.Saver()
    with (
      emulated_session.EmulatedSession(graph) as session,
      pytest.raises(ValueError, match='not a valid checkpoint'),
    ):
      optional_variables.restore(session, saver, str(tmp_path / 'none'))
