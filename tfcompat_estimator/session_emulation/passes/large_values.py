"""Keeps large values in memory once, where TensorFlow would hold copies.

An embedding table may take most of the memory of a process. TensorFlow holds up to
three times as much again. The kernel of a constant keeps what a slot begins with
as long as the function is there. Folding of constants computes such a value once
more. And to save a variable that was updated by rows is to copy it, as all reads of
it do from then on (TensorFlow 2.15 to 2.21: tensorflow/tensorflow#54105, and #55206
for the operation that turns that off).
"""

import math

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

_MANY = 1 << 18  # elements
# Constants of other operations stay: a step has them at hand in each run.
_ASSIGN = ('Assign', 'AssignVariableOp')


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Rewrites what would hold large values twice."""
  del context
  before = len(nodes)
  for node in nodes.of(*_ASSIGN):
    value = nodes.producer(node.input[1])
    if value is not None and value.op == 'Const':
      _compute(value, nodes)
    if value is not None and value.op == 'Fill':
      _compute_late(value, nodes)
  for node in nodes.of('SaveV2'):
    for tensor in node.input[3:]:
      _read_in_place(tensor, nodes)
  return len(nodes) != before


def _compute(node: v1.NodeDef, nodes: node_graph.NodeGraph) -> None:
  """Makes a large constant of one value the `Fill` that computes it."""
  constant = node.attr['value'].tensor
  dims = [dim.size for dim in constant.tensor_shape.dim]
  scalar = type(constant)()
  scalar.CopyFrom(constant)
  scalar.ClearField('tensor_shape')
  given = [
    value
    for field, value in constant.ListFields()
    if field.name.endswith('_val')
  ]
  if math.prod(dims) <= _MANY or [len(value) for value in given] != [1]:
    return
  shape = tf.make_tensor_proto(dims, tf.int64)
  inputs = [
    nodes.add_constant(f'{node.name}/{name}', value, node.device).name
    for name, value in (('dims', shape), ('one', scalar))
  ]
  node.op = 'Fill'
  node.attr['T'].type = constant.dtype
  node.attr['index_type'].type = tf.int64.as_datatype_enum
  control = list(node.input)
  node.ClearField('input')
  node.input.extend([*inputs, *control])
  del node.attr['value'], node.attr['dtype']


def _compute_late(node: v1.NodeDef, nodes: node_graph.NodeGraph) -> None:
  """Has a large `Fill` of constants computed when it runs, not before."""
  dims, value = (nodes.constant(source) for source in node.input[:2])
  if dims is None or value is None or math.prod(dims.tolist()) <= _MANY:
    return
  late = nodes.add(
    f'{node.name}/late',
    'GuaranteeConst',
    [node.input[1]],
    node.device,
    T=node.attr['T'].type,
  )
  node.input[1] = late.name


def _read_in_place(tensor: str, nodes: node_graph.NodeGraph) -> None:
  """Has a variable that is saved read without a copy of it.

  Its next update finds the tensor shared no more, and writes to it as ever.
  """
  node = nodes.producer(tensor)
  while node is not None and node.op == 'Identity':
    node = nodes.producer(node.input[0])
  if node is not None and node.op == 'ReadVariableOp':
    allow = nodes.add(
      f'{node.name}/in_place',
      'DisableCopyOnRead',
      [node.input[0]],
      node.device,
    )
    node.input.append(f'^{allow.name}')
