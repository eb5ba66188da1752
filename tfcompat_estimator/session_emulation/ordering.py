"""Lets a run's fetches of variables see the values from before the run."""

from collections.abc import Callable, Iterable

import tensorflow as tf

from tfcompat_estimator.session_emulation import snapshot as snapshot_lib

# What a fetch of a variable, or of the global step's read, is made of.
_TRANSPARENT = frozenset(
  ('Add', 'AddV2', 'Cast', 'Const', 'Identity', 'ReadVariableOp')
)
_READERS = frozenset(
  (
    'ReadVariableOp',
    'ResourceGather',
    'ResourceGatherNd',
    'VarIsInitializedOp',
    'VariableShape',
  )
)


def read_before_write(
  graph_def: tf.compat.v1.GraphDef, fetched_nodes: Iterable[str]
) -> None:
  """Orders plain reads that were fetched before the writes of the same run.

  `session.run([train_op, global_step])` is a race by the letter; in a Session
  the read has always won, and hooks rely on it. Here it wins by a control
  edge. Reads that the graph itself orders are left as they are.

  Args:
    graph_def: a subgraph, changed in place.
    fetched_nodes: the names of the nodes whose outputs are fetched.
  """
  nodes = {node.name: node for node in graph_def.node}
  reads: dict[str, set[str]] = {}  # by the handle that is read
  for name in fetched_nodes:
    for read in _plain_reads(nodes, name):
      handle = snapshot_lib.tensor_name(nodes[read].input[0])
      reads.setdefault(handle, set()).add(read)
  if not reads:
    return
  for node in graph_def.node:
    if node.op in _READERS:
      continue
    used = {
      snapshot_lib.tensor_name(source)
      for source in node.input
      if not source.startswith('^')
    }
    for handle in used & reads.keys():
      node.input.extend('^' + read for read in sorted(reads[handle]))


def _plain_reads(
  nodes: dict[str, tf.compat.v1.NodeDef], fetched: str
) -> list[str]:
  """The reads behind a fetch that is nothing but reads, constants and sums."""
  reads = []
  stack, seen = [fetched], set()
  while stack:
    name = stack.pop()
    if name in seen or name not in nodes:
      continue
    seen.add(name)
    node = nodes[name]
    ordered = any(source.startswith('^') for source in node.input)
    if node.op not in _TRANSPARENT or ordered:
      return []
    if node.op == 'ReadVariableOp':
      reads.append(name)
    else:
      stack.extend(snapshot_lib.node_name(source) for source in node.input)
  return reads


def variable_behind(
  node_of: Callable[[str], tf.compat.v1.NodeDef], name: str
) -> str | None:
  """The variable whose value is the value of the node `name`.

  Args:
    node_of: a node by its name.
    name: the node.

  Returns:
    The name of the variable's VarHandleOp; None if the node is something else
    than an unordered read of a variable.
  """
  node = node_of(name)
  if node.op != 'ReadVariableOp' or len(node.input) != 1:
    return None
  handle = snapshot_lib.node_name(node.input[0])
  return handle if node_of(handle).op == 'VarHandleOp' else None
