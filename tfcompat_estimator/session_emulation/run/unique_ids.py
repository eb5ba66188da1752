"""Spares optimizers to look for repetitions where there are none.

An optimizer adds up the gradients of a sparse variable that belong to one id,
since ids may repeat. Those of an embedding lookup do not: it has read each row
once. So the `Unique` of a `Unique` is what it is given, and a sum over its
groups of one changes nothing. This saves four operations a variable and step.
"""

from collections.abc import Callable, Collection
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.run import node_defs

v1 = tf.compat.v1

_UNIQUE = 'Unique'
_SUM = 'UnsortedSegmentSum'


def use(
  graph_def: v1.GraphDef,
  fed: Collection[str],
  rank: Callable[[str], int | None],
) -> None:
  """Leaves out what is known to be without effect, in place.

  Nodes keep their names and what they compute; those that nothing needs any more
  go when the graph is made a function.

  Args:
    graph_def: The nodes of a program.
    fed: The names of tensors that get other values than their nodes compute.
    rank: The number of dimensions of a tensor, by name; None: unknown.
  """
  uniques = [node for node in graph_def.node if node.op == _UNIQUE]
  if len(uniques) < 2:
    return
  nodes = {node.name: node for node in graph_def.node}
  known = {}
  for node in uniques:
    source = _unique_behind(node.input[0], nodes, fed, rank)
    if source is not None and not {f'{node.name}:0', f'{node.name}:1'} & set(
      fed
    ):
      known[node.name] = source
  if not known:
    return
  sums = [
    node for node in graph_def.node if _adds_nothing_up(node, nodes, known)
  ]
  instead = {f'{name}:0': source for name, source in known.items()}
  for node in graph_def.node:
    for index, name in enumerate(node.input):
      source = instead.get(node_defs.tensor_name(name))
      if source is not None and not name.startswith('^'):
        node.input[index] = source
  for node in sums:
    _pass_on(node)


def _unique_behind(
  name: str,
  nodes: dict[str, v1.NodeDef],
  fed: Collection[str],
  rank: Callable[[str], int | None],
) -> str | None:
  """The first output of a `Unique` that a tensor is equal to."""
  while True:
    node = nodes.get(node_defs.node_name(name))
    tensor = node_defs.tensor_name(name)
    if node is None or tensor in fed or not tensor.endswith(':0'):
      return None
    if node.op == _UNIQUE:
      return tensor
    # A vector in the shape of a vector is itself.
    if node.op != 'Identity' and not (
      node.op == 'Reshape' and rank(tensor) == 1
    ):
      return None
    name = node.input[0]


def _adds_nothing_up(
  node: v1.NodeDef, nodes: dict[str, v1.NodeDef], known: dict[str, str]
) -> bool:
  """Whether it sums the groups of a known `Unique`, all of them."""
  if node.op != _SUM:
    return False
  unique = node_defs.node_name(node.input[1])
  if (
    unique not in known or node_defs.tensor_name(node.input[1]) != f'{unique}:1'
  ):
    return False
  return _is_first_dimension(node.input[2], f'{unique}:0', nodes)


def _is_first_dimension(
  name: str, tensor: str, nodes: dict[str, v1.NodeDef]
) -> bool:
  """Whether it is `shape(tensor)[0]`, of a vector."""
  piece = nodes.get(node_defs.node_name(name))
  if piece is None or piece.op != 'StridedSlice':
    return False
  shape = nodes.get(node_defs.node_name(piece.input[0]))
  if shape is None or shape.op != 'Shape':
    return False
  bounds: list[Any] = [
    nodes.get(node_defs.node_name(bound)) for bound in piece.input[1:4]
  ]
  if any(bound is None or bound.op != 'Const' for bound in bounds):
    return False
  begin = tf.make_ndarray(bounds[0].attr['value'].tensor).tolist()
  return (
    node_defs.tensor_name(shape.input[0]) == tensor
    and begin == [0]
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
