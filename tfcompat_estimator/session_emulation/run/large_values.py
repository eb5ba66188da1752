"""Spares memory where a model is large: by values that need be there only once.

An embedding table may take most of the memory of a process. TensorFlow holds up to
three times as much again. The kernel of a constant keeps what a slot begins with
as long as the function is there. Folding of constants computes such a value once
more. And to save a variable that was updated by rows is to copy it, as all reads of
it do from then on (TensorFlow 2.15 to 2.21).
"""

import math
from collections.abc import Iterable

import tensorflow as tf

from tfcompat_estimator.distribution import devices
from tfcompat_estimator.session_emulation.run import node_defs

v1 = tf.compat.v1

_MANY = 1 << 18  # elements
# Elsewhere, in a step for instance, a value that is kept is one the sooner there.
_ASSIGN = ('Assign', 'AssignVariableOp')
_Nodes = dict[str, v1.NodeDef]


def spare(graph_def: v1.GraphDef) -> None:
  """Rewrites what would hold large values twice, in place.

  Nodes keep their names and what they compute.

  Args:
    graph_def: The nodes of a program.
  """
  if devices.is_in_cluster():
    return  # variables are on servers
  nodes = {node.name: node for node in graph_def.node}
  for node in list(graph_def.node):
    if node.op in _ASSIGN:
      value = nodes.get(node_defs.node_name(node.input[1]))
      if value is not None and value.op == 'Const':
        _compute(graph_def, value, nodes)
      if value is not None and value.op == 'Fill':
        _compute_late(graph_def, value, nodes)
    if node.op == 'SaveV2':
      _read_in_place(graph_def, node.input[3:], nodes)


def _compute(graph_def: v1.GraphDef, node: v1.NodeDef, nodes: _Nodes) -> None:
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
    node_defs.add(
      graph_def, nodes, f'{node.name}/{name}', 'Const', node.device
    ).name
    for name in ('dims', 'one')
  ]
  for name, value in zip(inputs, (shape, scalar), strict=True):
    nodes[name].attr['value'].tensor.CopyFrom(value)
    nodes[name].attr['dtype'].type = value.dtype
  node.op = 'Fill'
  node.attr['T'].type = constant.dtype
  node.attr['index_type'].type = tf.int64.as_datatype_enum
  control = list(node.input)
  node.ClearField('input')
  node.input.extend([*inputs, *control])
  del node.attr['value'], node.attr['dtype']


def _compute_late(
  graph_def: v1.GraphDef, node: v1.NodeDef, nodes: _Nodes
) -> None:
  """Has a large `Fill` of constants computed when it runs, not before."""
  dims, value = (
    nodes.get(node_defs.node_name(name)) for name in node.input[:2]
  )
  if dims is None or value is None or {dims.op, value.op} != {'Const'}:
    return
  shape = tf.make_ndarray(dims.attr['value'].tensor)
  if math.prod(shape.tolist()) <= _MANY:
    return
  late = node_defs.add(
    graph_def, nodes, f'{node.name}/late', 'GuaranteeConst', node.device
  )
  late.input.append(node.input[1])
  late.attr['T'].CopyFrom(node.attr['T'])
  node.input[1] = late.name


def _read_in_place(
  graph_def: v1.GraphDef, tensors: Iterable[str], nodes: _Nodes
) -> None:
  """Has variables that are saved read without a copy of them.

  Their next update finds the tensor shared no more, and writes to it as ever.
  """
  for tensor in tensors:
    node = nodes.get(node_defs.node_name(tensor))
    while node is not None and node.op == 'Identity':
      node = nodes.get(node_defs.node_name(node.input[0]))
    if node is not None and node.op == 'ReadVariableOp':
      allow = node_defs.add(
        graph_def,
        nodes,
        f'{node.name}/in_place',
        'DisableCopyOnRead',
        node.device,
      )
      allow.input.append(node.input[0])
      node.input.append(f'^{allow.name}')
