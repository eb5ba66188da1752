"""Leaves out the search for repeated ids where ids are known to be unique.

An optimizer adds up the gradients of a sparse variable that belong to one id,
since ids may repeat. Those of an embedding lookup do not: it has read each row
once. So the `Unique` of a `Unique` is what it is given, and a sum over its
groups of one changes nothing. This saves four operations a variable and step.
"""

from collections.abc import Mapping

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

_UNIQUE = 'Unique'
_SUM = 'UnsortedSegmentSum'


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Leaves out what is known to be without effect.

  What nothing needs any more goes when the nodes are made a function.
  """
  known = {}
  for node in nodes.of(_UNIQUE):
    source = _unique_behind(node.input[0], nodes, context)
    if source and not {f'{node.name}:0', f'{node.name}:1'} & nodes.fed:
      known[node.name] = source
  sums = [node for node in nodes.of(_SUM) if _adds_nothing(node, nodes, known)]
  nodes.replace({f'{name}:0': source for name, source in known.items()})
  for node in sums:
    _pass_on(node)
  return bool(known)


def _unique_behind(
  name: str, nodes: node_graph.NodeGraph, context: graph_pass.Context
) -> str | None:
  """The first output of a `Unique` that a tensor is equal to."""
  while True:
    node = nodes.producer(name)
    tensor = node_graph.tensor_name(name)
    if node is None or not tensor.endswith(':0'):
      return None
    if node.op == _UNIQUE:
      return tensor
    # A vector in the shape of a vector is itself.
    if node.op != 'Identity' and not (
      node.op == 'Reshape' and context.rank(tensor) == 1
    ):
      return None
    name = node.input[0]


def _adds_nothing(
  node: v1.NodeDef, nodes: node_graph.NodeGraph, known: Mapping[str, str]
) -> bool:
  """Whether it sums the groups of a known `Unique`, all of them."""
  groups = node_graph.tensor_name(node.input[1])
  unique = node_graph.node_name(groups)
  return (
    unique in known
    and groups == f'{unique}:1'
    and _is_first_dimension(node.input[2], f'{unique}:0', nodes)
  )


def _is_first_dimension(
  name: str, tensor: str, nodes: node_graph.NodeGraph
) -> bool:
  """Whether it is `shape(tensor)[0]`, of a vector."""
  piece = nodes.producer(name)
  if piece is None or piece.op != 'StridedSlice':
    return False
  shape = nodes.producer(piece.input[0])
  begin, *others = (nodes.constant(bound) for bound in piece.input[1:4])
  return (
    shape is not None
    and shape.op == 'Shape'
    and node_graph.tensor_name(shape.input[0]) == tensor
    and begin is not None
    and all(bound is not None for bound in others)
    and begin.tolist() == [0]
    and piece.attr['shrink_axis_mask'].i == 1
  )


def _pass_on(node: v1.NodeDef) -> None:
  """Makes it return its first input."""
  given = v1.NodeDef()
  given.CopyFrom(node)
  node.Clear()
  node.name, node.op, node.device = given.name, 'Identity', given.device
  node.input.append(given.input[0])
  node.input.extend(name for name in given.input if name.startswith('^'))
  for name, value in given.attr.items():
    if name == 'T' or name.startswith('_'):
      node.attr[name].CopyFrom(value)
