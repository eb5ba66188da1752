"""Lets a run read its variables before it writes them."""

from collections.abc import Callable

import tensorflow as tf

from tfcompat_estimator.session_emulation import snapshot as snapshot_lib

_READERS = frozenset((
  'ReadVariableOp',
  'ResourceGather',
  'ResourceGatherNd',
  'VarIsInitializedOp',
  'VariableShape',
))


def read_before_write(graph_def: tf.compat.v1.GraphDef) -> None:
  """Orders the reads that nothing else orders before the writes of a run.

  `session.run([train_op, global_step])` is a race by the letter, and so is a
  summary of a weight. In a Session the read, which waits for nothing, has always
  won, and hooks rely on it. Here it wins by a control edge; such a read has no
  inputs, so no circle can come of it.

  Args:
    graph_def: a subgraph, changed in place.
  """
  reads: dict[str, list[str]] = {}  # by the handle that is read
  for node in graph_def.node:
    if node.op == 'ReadVariableOp' and len(node.input) == 1:
      handle = snapshot_lib.tensor_name(node.input[0])
      reads.setdefault(handle, []).append(node.name)
  for node in graph_def.node:
    if node.op in _READERS:
      continue
    used = {
      snapshot_lib.tensor_name(source)
      for source in node.input
      if not source.startswith('^')
    }
    for handle in used & reads.keys():
      node.input.extend('^' + read for read in reads[handle])


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
