"""Reads and extends the nodes of a GraphDef."""

import tensorflow as tf

v1 = tf.compat.v1


def node_name(source: str) -> str:
  """The node behind a NodeDef input or a tensor name ("^a", "a", "a:1")."""
  return source.lstrip('^').split(':', 1)[0]


def tensor_name(source: str) -> str:
  """The full name of the tensor behind a NodeDef's data input."""
  return source if ':' in source else f'{source}:0'


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
