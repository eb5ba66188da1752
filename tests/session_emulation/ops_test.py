"""Checks the table of operations against TensorFlow's own."""

import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops

v1 = tf.compat.v1
DECLARED = [
  *ops._OPS,  # noqa: SLF001 - the table itself is looked at
]


@pytest.mark.parametrize('op', DECLARED)
def test_the_table_names_operations_that_there_are(op):
  """A typing error would make a row that says nothing."""
  assert _tf.op_def(op) is not None


@pytest.mark.parametrize(
  'op, traits, lacks',
  [
    ('ReadVariableOp', ops.Is.READ | ops.Is.NO_SIDE_EFFECT, ops.Is.WAITS),
    (
      'QueueDequeueV2',
      ops.Is.WAITS | ops.Is.STATELESS_KERNEL,
      ops.Is.NO_SIDE_EFFECT,
    ),
    ('LookupTableFindV2', ops.Is.NO_SIDE_EFFECT, ops.Is.ANONYMOUS),
    ('EagerPyFunc', ops.Is.PYTHON, ops.Is.NO_SIDE_EFFECT),
    ('AddV2', ops.Is.NOTHING_SPECIAL, ops.Is.WAITS),
  ],
)
def test_traits_come_from_names_and_their_parts(op, traits, lacks):
  """All that apply are joined."""
  assert traits in ops.traits(op)
  assert not ops.traits(op) & lacks


def test_what_tensorflow_does_not_know_is_taken_for_the_worst():
  """It may have state."""
  assert ops.is_stateful('NobodyKnowsThisOp')
  assert not ops.is_stateful('AddV2')


def test_where_input_begins():
  """Datasets of nothing else; others tell which datasets they take."""
  with tf.Graph().as_default() as graph:
    data = tf.data.Dataset.zip(
      (tf.data.Dataset.range(3), tf.data.Dataset.range(5).take(2))
    )
    v1.data.make_one_shot_iterator(data)
  nodes = list(
    ops.with_called(graph.as_graph_def().node, graph.as_graph_def().library)
  )
  by_op = {node.op: node for node in nodes}

  assert ops.makes_dataset_of_nothing('RangeDataset')
  assert not ops.makes_dataset_of_nothing('TakeDataset')
  assert len(ops.datasets_taken(by_op['ZipDataset'])) == 2
  assert len(ops.datasets_taken(by_op['TakeDataset'])) == 1


def test_nodes_of_called_functions_are_found():
  """Once each, also if two nodes call a function."""
  with tf.Graph().as_default() as graph:
    square = tf.function(tf.square, autograph=False)
    _ = square(tf.constant(1.0)) + square(tf.constant(2.0))
    graph_def = graph.as_graph_def()
  found = [n.op for n in ops.with_called(graph_def.node, graph_def.library)]

  assert found.count('Square') == 1


@pytest.mark.parametrize('seed, has_stream', [(7, True), (None, False)])
def test_random_operations_with_seeds_have_streams(seed, has_stream):
  """Those without draw from one that the process has."""
  with tf.Graph().as_default():
    node = v1.random_uniform([], seed=seed).op
    while node.type != 'RandomUniform':
      node = node.inputs[0].op

    assert ops.has_stream(node.node_def) == has_stream
