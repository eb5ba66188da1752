"""Lets a run read its variables and its input before it writes."""

from collections.abc import Callable, Collection

import tensorflow as tf

from tfcompat_estimator.session_emulation.run import snapshot as snapshot_lib

_READERS = frozenset(
  (
    'ReadVariableOp',
    'ResourceGather',
    'ResourceGatherNd',
    'VarIsInitializedOp',
    'VariableShape',
  )
)
_REF_WRITERS = frozenset(('Assign', 'AssignAdd', 'AssignSub'))


def write_last(
  graph_def: tf.compat.v1.GraphDef, variables: Collection[str]
) -> None:
  """Orders what nothing else orders before the writes of a run.

  `session.run([train_op, global_step])` is a race by the letter, and so is a
  summary of a weight. In a Session the read, which waits for nothing, has always
  won, and hooks rely on it. Here it wins by a control edge. So does the next
  element of the input: the run in which the input ends writes nothing. What is
  ordered first has no inputs of its own, so no circle can come of it.

  Args:
    graph_def: a subgraph, changed in place.
    variables: the names of the handles of variables in it, `<node>:0`.
  """
  reads: dict[str, list[str]] = {handle: [] for handle in variables}
  inputs = []
  for node in graph_def.node:
    if len(node.input) == 1:
      source = snapshot_lib.tensor_name(node.input[0])
      if node.op == 'ReadVariableOp' and source in reads:
        reads[source].append(node.name)
      elif node.op == 'IteratorGetNext':
        inputs.append(node.name)
  for node in graph_def.node:
    if node.op in _READERS:
      continue
    written = {
      snapshot_lib.tensor_name(source)
      for source in node.input
      if not source.startswith('^')
    } & reads.keys()
    first = [read for handle in written for read in reads[handle]]
    if written or node.op in _REF_WRITERS:
      node.input.extend('^' + name for name in (*first, *inputs))


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
