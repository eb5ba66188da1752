"""Each pass of the table does its work in a live session, where it stands."""

import collections

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.distribution.servers import coalesced_sends, connection
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  large_values,
  pipeline,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
ROWS = (*pipeline.GRAPH_PASSES, *pipeline.PASSES)
ALL = (*ROWS, connection.DEVICES, coalesced_sends.PASS)


def _seeded():
  return tf.random.uniform([], seed=1).op


def _variable_of_tf1():
  return v1.get_variable('v', [], use_resource=False).initializer


def _lookup():
  table = v1.get_variable('t', [4, 2], use_resource=True)
  ids = tf.sparse.from_dense([[3, 1], [3, 3]])
  rows = tf.nn.embedding_lookup_sparse(table, ids, None, combiner='sum')
  return v1.train.AdagradOptimizer(0.1).minimize(tf.reduce_sum(rows**2))


def _update_and_read():
  variable = v1.get_variable('v', [], use_resource=True)
  return tf.group(variable.assign_add(1.0), variable.read_value())


def _two_results():
  variable = v1.get_variable('v', [], use_resource=True)
  first, second = tf.cond(
    tf.constant(3) > 2,
    lambda: (tf.constant(1.0), variable.read_value()),
    lambda: (tf.constant(2.0), tf.constant(3.0)),
  )
  with tf.control_dependencies([first]):
    return tf.group(variable.assign(7.0), second)


def _initial_value():
  value = tf.constant(0.5, shape=[3, 3])
  return v1.get_variable('v', initializer=value, use_resource=True).initializer


def _batches_of_arrays():
  dataset = tf.data.Dataset.from_tensor_slices([1, 2, 3]).batch(2)
  return v1.data.make_initializable_iterator(dataset).initializer


def _cached_input():
  dataset = tf.data.Dataset.range(4).cache()
  return v1.data.make_initializable_iterator(dataset).initializer


def _small_input():
  dataset = tf.data.Dataset.range(4).shuffle(2)
  return v1.data.make_one_shot_iterator(dataset).get_next().op


def _call():
  variable = v1.get_variable('v', [], use_resource=True)
  return tf.function(variable.assign)(tf.constant(0.5)).op


def _read_of_nothing():
  local = [v1.GraphKeys.LOCAL_VARIABLES]  # nothing is assigned to it
  variable = v1.get_variable('v', [], use_resource=True, collections=local)
  with tf.control_dependencies([tf.constant(1.0)]):
    return variable.read_value().op


def _waits_of_call(ops):
  calls = [op for op in ops if op.type == 'StatefulPartitionedCall']
  return sum(len(op.control_inputs) for op in calls)


def _sums(ops):
  return sum(op.type == 'UnsortedSegmentSum' for op in ops)


def _ordered_reads(ops):
  writes = [op for op in ops if op.type == 'AssignAddVariableOp']
  return sum(i.type == 'ReadVariableOp' for i in writes[0].control_inputs)


def _waited_for(ops):
  return sum('/there_' in op.name for op in ops)


def _of_type(name):
  return lambda ops: sum(op.type == name for op in ops)


# What is run, what is counted in its function, and that without and with the pass.
EFFECTS = {
  'random_streams': (_seeded, _of_type('RngReadAndSkip'), 0, 1),
  'ref_variables': (_variable_of_tf1, _of_type('AssignVariableOp'), 0, 1),
  'unique_ids': (_lookup, _sums, 1, 0),
  'ordering': (_update_and_read, _ordered_reads, 0, 1),
  'joint_results': (_two_results, _waited_for, 0, 1),
  'strict_calls': (_call, _waits_of_call, 0, 1),
  'large_values': (_initial_value, _of_type('Fill'), 0, 1),
  'whole_batches': (_batches_of_arrays, _of_type('Reshape'), 0, 2),
  'input_data': (_batches_of_arrays, _of_type('Placeholder'), 1, 2),
  'no_autotune': (_cached_input, _of_type('OptionsDataset'), 0, 1),
  'missing_values': (_read_of_nothing, _of_type('VarIsInitializedOp'), 0, 1),
  'synchronous_input': (_small_input, _of_type('IteratorGetNextSync'), 0, 1),
}


def _count(build, count):
  with tf.Graph().as_default() as graph:
    target = build()
    initializer = v1.global_variables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initializer)
      function = session.function([], [target])
      return count(function.compiled.graph.get_operations())


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row.name)
def test_a_live_session_goes_through_the_pass(row, monkeypatch):
  """What the pass is for is in the function of a session, but without its row."""
  monkeypatch.setattr(large_values, '_MANY', 4)
  build, count, without, with_it = EFFECTS[row.name]

  assert _count(build, count) == with_it
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', row.name)
  assert _count(build, count) == without


def test_each_pass_stands_after_those_that_it_needs():
  """The table is in order, its names are unique and its reasons sentences."""
  names = [row.name for row in ALL]

  assert set(collections.Counter(names).values()) == {1}
  for place, row in enumerate(ALL):
    assert set(row.after) <= set(names[:place])
    assert row.why.endswith('.')


def test_a_cluster_adds_its_passes(monkeypatch):
  """They come last, in place of those for one process only."""
  for name in ('is_joined', 'graph_passes', 'passes'):
    monkeypatch.setattr(pipeline._Cluster, name, ())  # noqa: SLF001
  told = []

  def tells(name):
    return graph_pass.Pass(
      name, lambda nodes, context: told.append((name, context.in_cluster)), '.'
    )

  with tf.Graph().as_default() as graph:
    element = _small_input()
  pipeline.join_cluster([tells('of graphs')], [tells('of programs')])
  with emulated_session.EmulatedSession(graph) as session:
    compiled = session.function([], [element]).compiled
    kinds = [op.type for op in compiled.graph.get_operations()]

  assert told == [('of graphs', True), ('of programs', True)]
  assert 'IteratorGetNext' in kinds


def test_a_pass_that_breaks_the_nodes_is_named(monkeypatch):
  """With TFCOMPAT_CHECK_PASSES=1, as in all of these tests."""

  def breaks(nodes, context):
    nodes.nodes[-1].input.append('^nothing')
    return True

  row = graph_pass.Pass('breaks', breaks, 'It is made up.')
  monkeypatch.setattr(pipeline, 'PASSES', (row,))
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
    pytest.raises(ValueError, match='After the pass breaks: .*nothing'),
  ):
    session.run(tf.constant(1) + 1)


@pytest.mark.parametrize(
  'row', [r for r in ALL if r.is_optional], ids=lambda row: row.name
)
def test_results_are_the_same_without_an_optional_pass(row, monkeypatch):
  """A training computes the same numbers, to the bit."""

  def trained():
    with tf.Graph().as_default() as graph:
      dataset = tf.data.Dataset.from_tensor_slices([[3, 1], [3, 3]]).batch(2)
      batch = v1.data.make_one_shot_iterator(dataset.cache().repeat())
      table = v1.get_variable(
        't', initializer=np.eye(4, dtype=np.float32), use_resource=True
      )
      ids = tf.sparse.from_dense(batch.get_next())
      rows = tf.nn.embedding_lookup_sparse(table, ids, None, combiner='sum')
      loss = tf.reduce_sum(rows**3)
      step = v1.train.AdagradOptimizer(0.1).minimize(loss)
      with emulated_session.EmulatedSession(graph) as session:
        session.run(v1.global_variables_initializer())
        losses = [session.run([loss, step])[0] for _ in range(4)]
        return losses, session.run(table)

  expected = trained()
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', row.name)

  np.testing.assert_equal(trained(), expected)
