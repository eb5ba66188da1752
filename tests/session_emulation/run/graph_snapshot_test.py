"""Checks which part of a graph a run gets."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.run import graph_snapshot

v1 = tf.compat.v1


@pytest.fixture
def graph():
  """A default graph: `sum` = `x` + the value of the variable `v`."""
  with tf.Graph().as_default() as graph:
    x = tf.constant(1.0, name='x')
    v = v1.get_variable('v', initializer=2.0, use_resource=True)
    tf.add(tf.negative(x, name='minus'), v.read_value(), name='sum')
    yield graph


def snapshot_of(graph, container='c'):
  snapshot = graph_snapshot.GraphSnapshot(graph, container)
  snapshot.refresh()
  return snapshot


def names(subgraph):
  return {node.name for node in subgraph.graph_def.node}


def test_a_part_has_what_its_outputs_need(graph):
  """The variable itself is a resource of the session, not a node to run."""
  part = snapshot_of(graph).subgraph(['sum'], ())

  assert {'sum', 'minus', 'x'} <= names(part)
  assert not [name for name in names(part) if 'initial' in name]
  assert part.resources == ('v',)
  assert part.boundary == ()


def test_nothing_behind_a_feed_is_in_a_part(graph):
  """Session.run does not evaluate it: it may have effects."""
  part = snapshot_of(graph).subgraph(['sum'], {'minus:0'})

  assert not {'minus', 'x'} & names(part)
  assert part.boundary == ('minus:0',)


def test_what_is_added_is_there_after_a_refresh(graph):
  """Not before; a graph that did not change is not read again."""
  snapshot = snapshot_of(graph)
  nodes = snapshot.nodes
  snapshot.refresh()
  assert snapshot.nodes is nodes
  tf.constant(1, name='new')
  with pytest.raises(KeyError):
    snapshot.node('new')
  snapshot.refresh()

  assert snapshot.node('new').op == 'Const'


def test_resources_are_named_after_the_session(graph):
  """Two sessions of a graph share none, and one session each by its name."""
  for container in (b'one', b'two'):
    node = snapshot_of(graph, container.decode()).node('v')
    assert node.attr['container'].s == container
    assert node.attr['shared_name'].s == b'v'


def test_a_wish_to_stand_beside_what_is_left_out_is_dropped(graph):
  """An import would fail by it; other wishes stay."""
  beside = graph.get_operation_by_name('x')
  with v1.colocate_with(beside):
    tf.constant(1, name='y')
  snapshot = snapshot_of(graph)
  alone = snapshot.subgraph(['y'], ()).graph_def.node[0]
  both = snapshot.subgraph(['y', 'x'], ()).graph_def.node

  assert '_class' not in alone.attr
  assert [n.attr['_class'].list.s for n in both if n.name == 'y'] == [
    [b'loc:@x']
  ]


def test_nodes_are_found_by_type(graph):
  """Also those that elements need."""
  snapshot = snapshot_of(graph)

  assert [node.name for node in snapshot.nodes_of('Neg')] == ['minus']
  needed = snapshot.needed_by([graph.get_tensor_by_name('minus:0')])
  assert {node.name for node in needed} == {'minus', 'x'}
  assert snapshot.is_variable('v')
  assert not snapshot.is_variable('x')
