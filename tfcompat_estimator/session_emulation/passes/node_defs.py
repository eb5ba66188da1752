"""Reads and extends the nodes of a GraphDef."""

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


def add(
  graph_def: v1.GraphDef,
  nodes: dict[str, v1.NodeDef],
  name: str,
  op: str,
  device: str,
) -> v1.NodeDef:
  """Adds a node, whose name has a `_` at its end where another has the name.

  Args:
    graph_def: Gets the node.
    nodes: The nodes of `graph_def` by name; gets it, too.
    name: Its name.
    op: Its operation.
    device: Its device.
  """
  while name in nodes:
    name += '_'
  nodes[name] = graph_def.node.add(name=name, op=op, device=device)
  return nodes[name]


def attributes(op: str) -> set[str]:
  """The names of the attributes that an operation has."""
  return {attribute.name for attribute in _tf.op_def(op).attr}


def drop_attributes(node: v1.NodeDef) -> None:
  """Drops those that its operation does not have."""
  known = attributes(node.op)
  for name in list(node.attr):
    if name not in known and not name.startswith('_'):
      del node.attr[name]
