"""Tests which parts of graphs count as the same, and which are no other's."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import content

v1 = tf.compat.v1


def plain(x):
  """Nothing but arithmetic."""
  return 2.0 * x + 1.0


def branching(x):
  """Functions whose names TensorFlow numbers anew."""
  return tf.cond(tf.reduce_sum(x) > 0, lambda: x, lambda: -x)


def nested(x):
  """Functions in functions."""
  return tf.while_loop(
    lambda i, y: i < 3,
    lambda i, y: (i + 1, branching(y)),
    [tf.constant(0), x],
  )[1]


def with_data(x):
  """A pipeline with functions of its own."""
  rows = tf.data.Dataset.range(4).map(lambda n: n + 1).shuffle(4, seed=1)
  return x + tf.cast(rows.reduce(np.int64(0), tf.add), tf.float32)


def unseeded(x):
  """Random numbers from where another session stopped are random as well."""
  return x + tf.random.uniform([])


def checked(x):
  """Stateful by name only."""
  with tf.control_dependencies([tf.debugging.Assert(x > 0, [x])]):
    return tf.identity(x)


SHARED = [plain, branching, nested, with_data, unseeded, checked]


def of_python(x):
  """Python code belongs to one call."""
  return tf.numpy_function(lambda value: value, [x], tf.float32)


def of_python_deep(x):
  """Python code in a function of a function."""
  return tf.cond(x > 0, lambda: of_python(x), lambda: x)


def seeded(x):
  """A stream would go on in the next session."""
  return x + tf.random.uniform([], seed=3)


def seeded_deep(x):
  """A stream in a function of a pipeline."""
  rows = tf.data.Dataset.range(4).map(lambda n: tf.random.uniform([], seed=3))
  return x + rows.reduce(0.0, tf.add)


def of_references(x):
  """The value of a variable of TF 1's first kind is in its kernel."""
  return x + v1.Variable(0.0, use_resource=False)


def of_barriers(x):
  """A container of its own, whatever it is for."""
  stage = tf.raw_ops.Stage(values=[x], container='mine')
  with tf.control_dependencies([stage]):
    return tf.identity(x)


OWN = [
  of_python,
  of_python_deep,
  seeded,
  seeded_deep,
  of_references,
  of_barriers,
]


def read(build, **changes):
  """The contents of a graph."""
  with tf.Graph().as_default() as graph:
    for _ in range(changes.get('functions_before', 0)):
      tf.cond(tf.constant(True), lambda: 1, lambda: 2)
    with tf.name_scope(changes.get('scope', 'a')):
      x = v1.placeholder(tf.float32, [], name='x')
      y = build(x * changes.get('factor', 1.0))
    nodes = v1.graph_util.extract_sub_graph(graph.as_graph_def(), [y.op.name])
  nodes.library.CopyFrom(graph.as_graph_def().library)
  return content.read(nodes)


@pytest.fixture(autouse=True)
def _v2_control_flow():
  before = v1.control_flow_v2_enabled()
  v1.enable_control_flow_v2()
  yield
  if not before:
    v1.disable_control_flow_v2()


@pytest.mark.parametrize('build', SHARED)
def test_equal_graphs_have_equal_keys(build):
  """However many functions TensorFlow has numbered before."""
  one, other = read(build), read(build, functions_before=3)

  assert one.key == other.key
  assert one.graph_def == other.graph_def


@pytest.mark.parametrize('build', SHARED)
@pytest.mark.parametrize('change', [{'scope': 'b'}, {'factor': 2.0}])
def test_any_difference_shows(build, change):
  """A constant, or the name of an operation, which errors tell."""
  assert read(build).key != read(build, **change).key


@pytest.mark.parametrize('build', OWN)
def test_what_is_no_other_sessions(build):
  """Python code, kernels that remember, named containers."""
  assert read(build) is None


def test_large_graphs_are_not_read():
  """Data that a graph holds as constants, mostly."""
  graph_def = v1.GraphDef()
  node = graph_def.node.add(name='data', op='Const')
  node.attr['dtype'].type = tf.float32.as_datatype_enum
  small = content.read(graph_def)
  node.attr['value'].tensor.CopyFrom(
    tf.make_tensor_proto(np.zeros(1 << 20, np.float32))
  )

  assert small is not None
  assert content.read(graph_def) is None


def test_unknown_operations_are_not_shared():
  """Nobody knows what they keep."""
  graph_def = v1.GraphDef()
  graph_def.node.add(name='x', op='NobodyKnowsThisOp')

  assert content.read(graph_def) is None
