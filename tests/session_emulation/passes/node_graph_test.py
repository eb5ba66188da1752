"""The nodes that passes read and change, by name."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import node_graph

v1 = tf.compat.v1


def small():
  """B = a + a, after c."""
  with tf.Graph().as_default() as graph:
    a = tf.constant(2.0, name='a')
    with tf.control_dependencies([tf.constant(1, name='c')]):
      tf.add(a, a, name='b')
  return graph.as_graph_def()


def test_reading():
  """Nodes are found by name, type and input; what is fed has no producer."""
  nodes = node_graph.NodeGraph(small())

  assert len(nodes) == 3
  assert 'a' in nodes
  assert [node.name for node in nodes.of('Const')] == ['a', 'c']
  assert nodes.producer('a').name == 'a'
  assert nodes.producer('^c') is None
  assert nodes.constant('a:0') == 2.0
  assert nodes.constant('b') is None
  assert node_graph.NodeGraph(small(), ['a:0']).constant('a') is None
  users = {k: [n.name for n in v] for k, v in nodes.users().items()}
  assert users == {'a:0': ['b', 'b'], '^c': ['b']}


def test_changing():
  """A new node gets a name of its own, and takes the place of another."""
  nodes = node_graph.NodeGraph(small())

  new = nodes.add_constant('a', 3.0)
  nodes.replace({'a:0': new.name})
  nodes.check()

  assert new.name == 'a_'
  assert list(nodes['b'].input) == ['a_', 'a_', '^c']
  with tf.Graph().as_default():
    tf.graph_util.import_graph_def(nodes.graph_def, name='')
    with v1.Session() as session:
      assert session.run('b:0') == 6.0


def test_check():
  """Names must be unique, inputs there, or outside, and not after the node."""
  nodes = node_graph.NodeGraph(small())
  nodes['b'].input.append('^d')

  nodes.check(boundary=['d'])
  with pytest.raises(ValueError, match="missing: {'\\^d'}"):
    nodes.check()
  nodes['b'].input.pop()
  nodes.graph_def.node.add(name='a', op='NoOp')
  with pytest.raises(ValueError, match=r"twice: \['a'\]"):
    nodes.check()

  nodes = node_graph.NodeGraph(small())
  nodes['a'].input.append('^b')
  with pytest.raises(ValueError, match='a circle of nodes'):
    nodes.check()


def test_check_of_a_loop():
  """The way back to its beginning is no circle."""
  v1.disable_control_flow_v2()
  with tf.Graph().as_default() as graph:
    tf.while_loop(lambda n: n < 3, lambda n: n + 1, [0])
  v1.enable_control_flow_v2()

  node_graph.NodeGraph(graph.as_graph_def()).check()


def test_a_signal_runs_once_a_call_has_the_result():
  """There is one for each result, however often it is asked for."""
  with tf.Graph().as_default() as graph:
    p = v1.placeholder(tf.bool, name='p')
    tf.cond(p, lambda: [1, 2.0], lambda: [3, 4.0], name='call')
  nodes = node_graph.NodeGraph(graph.as_graph_def())
  call = nodes.of('StatelessIf', 'If')[0]

  signal = nodes.add_signal(call, 1, tf.float32.as_datatype_enum)

  assert nodes.add_signal(call, 1, tf.float32.as_datatype_enum) == signal
  assert nodes.signals == {signal}
  assert list(nodes[signal].input) == [f'{call.name}:1']
  with tf.Graph().as_default():
    tf.graph_util.import_graph_def(nodes.graph_def, name='')
    with v1.Session() as session:
      assert session.run(f'{signal}:0', {'p:0': True}) == 2.0
