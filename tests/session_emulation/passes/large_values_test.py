"""Tests that large values are there once, and are what they were."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  large_values,
  node_graph,
)
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
SHAPE = [5, 2]

INITIALIZERS = {
  'zeros': v1.zeros_initializer(),
  'ones': v1.ones_initializer(),
  'constant': v1.constant_initializer(0.1),
  'array': v1.constant_initializer(np.arange(10.0).reshape(SHAPE)),
  'random': v1.random_normal_initializer(seed=3),
}
TYPES = [tf.float32, tf.float64, tf.bfloat16, tf.float16]
CONSTANTS = {
  'int64': lambda: tf.constant(3, tf.int64, SHAPE),
  'bool': lambda: tf.constant(True, tf.bool, SHAPE),
  'complex': lambda: tf.constant(2 + 1j, tf.complex64, SHAPE),
  'uint8': lambda: tf.fill(SHAPE, tf.constant(7, tf.uint8)),
  'text': lambda: tf.constant('a', shape=SHAPE),
  'of_a_tensor': lambda: tf.fill(tf.shape(tf.zeros(SHAPE)), 2.0),
}

# Of complex numbers TensorFlow makes a constant that has each of them.
STAY = ('complex',)


@pytest.fixture(autouse=True)
def _all_are_large(monkeypatch):
  monkeypatch.setattr(large_values, '_MANY', 4)


def initial_value(make):
  """What a variable begins with, and what is computed when it is assigned."""
  with tf.Graph().as_default() as graph:
    variable = make()
    initializer = v1.global_variables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initializer)
      function = session.function([], [initializer])
      ops = function.compiled.graph.get_operations()
      fills = [op for op in ops if op.type == 'Fill' and _is_guarded(op)]
      return session.run(variable), len(fills)


def _is_guarded(fill):
  """Whether nobody computes it before it is wanted."""
  return fill.inputs[1].op.type == 'GuaranteeConst'


@pytest.mark.parametrize('dtype', TYPES)
@pytest.mark.parametrize('name', INITIALIZERS)
@pytest.mark.parametrize('use_resource', [True, False])
def test_initial_values(name, dtype, use_resource, monkeypatch):
  """They are what they were, of both kinds of variables."""

  def make():
    return v1.get_variable(
      'v', SHAPE, dtype, INITIALIZERS[name], use_resource=use_resource
    )

  found, computed = initial_value(make)
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', 'large_values')
  expected, computed_without = initial_value(make)

  assert computed == (name in ('zeros', 'ones', 'constant'))
  assert computed_without == 0
  assert found.dtype == expected.dtype
  np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize('name', CONSTANTS)
def test_constants(name, monkeypatch):
  """Of whatever type, and one value for two variables."""

  def make():
    value = CONSTANTS[name]()
    first = v1.get_variable('first', initializer=value)
    return tf.stack([first, v1.get_variable('second', initializer=value)])

  found, computed = initial_value(make)
  monkeypatch.setenv('TFCOMPAT_WITHOUT_PASSES', 'large_values')
  expected, _ = initial_value(make)

  assert computed == (name not in STAY)
  np.testing.assert_array_equal(found, expected)


def test_a_large_constant_is_computed_when_it_is_assigned():
  """No kernel keeps it, and nobody folds it. In a step it stays a constant."""
  with tf.Graph().as_default() as graph:
    handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=SHAPE)
    for value in (tf.constant(0.1, shape=SHAPE), tf.fill(SHAPE, 0.0)):
      tf.raw_ops.AssignVariableOp(resource=handle, value=value)
    _ = tf.constant(0.5, shape=SHAPE) + tf.fill(SHAPE, 2.0)
  graph_def = graph.as_graph_def()

  large_values.apply(node_graph.NodeGraph(graph_def), graph_pass.Context(graph))

  nodes = {node.name: node for node in graph_def.node}
  assigned = [
    nodes[node.input[1]]
    for node in graph_def.node
    if node.op == 'AssignVariableOp'
  ]
  assert [node.op for node in assigned] == ['Fill', 'Fill']
  assert all(nodes[node.input[1]].op == 'GuaranteeConst' for node in assigned)
  assert nodes['Const_1'].op == 'Const'
  assert nodes[nodes['Fill_1'].input[1]].op == 'Const'


def test_saving_and_training_on(tmp_path):
  """What is saved between sparse updates is what the variable then was."""
  with tf.Graph().as_default() as graph:
    table = v1.get_variable(
      'table', SHAPE, initializer=v1.ones_initializer(), use_resource=True
    )
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [1, 3]) ** 2)
    step = v1.train.AdagradOptimizer(0.1).minimize(loss)
    saver = v1.train.Saver(max_to_keep=9)
    values = []
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      for number in range(4):
        values.append(session.run(table))
        saver.save(session, str(tmp_path / 'model.ckpt'), number)
        session.run(step)

  for number, value in enumerate(values):
    saved = tf.train.load_checkpoint(str(tmp_path / f'model.ckpt-{number}'))
    np.testing.assert_array_equal(saved.get_tensor('table'), value)
  assert (values[3] < values[2]).any()
  assert [value[1, 0] for value in values] == sorted(
    (value[1, 0] for value in values), reverse=True
  )


def test_reads_for_saving_make_no_copy():
  """The read of a variable that is saved waits for what allows that."""
  with tf.Graph().as_default() as graph:
    variable = v1.get_variable('v', SHAPE, use_resource=True)
    v1.train.Saver([variable])
  graph_def = graph.as_graph_def()

  large_values.apply(node_graph.NodeGraph(graph_def), graph_pass.Context(graph))

  nodes = {node.name: node for node in graph_def.node}
  (saving,) = (node for node in graph_def.node if node.op == 'SaveV2')
  read = nodes[saving.input[3]]
  waits_for = [nodes[n[1:]].op for n in read.input if n.startswith('^')]
  assert waits_for == ['DisableCopyOnRead']
