"""Lets a run read its variables and its input before it writes."""

from collections.abc import Callable, Collection

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.run import node_defs


def write_last(
  graph_def: tf.compat.v1.GraphDef, variables: Collection[str]
) -> None:
  """Orders what nothing else orders before the writes of a run.

  Nothing in a graph says what `session.run([train_op, global_step])` reads: the
  step before the update or the one after it. The same is true of a summary of a
  weight. In a Session the read comes first in practice, because it waits for
  nothing, and hooks rely on that. Here a control edge makes it come first. The
  next element of the input comes first as well, so that the run in which the
  input ends writes nothing. Reads and input take nothing that a run computes,
  so the new edges cannot close a circle.

  Args:
    graph_def: A subgraph, changed in place.
    variables: The names of the handles of variables in it, `<node>:0`.
  """
  reads: dict[str, list[str]] = {handle: [] for handle in variables}
  inputs = _inputs(graph_def)
  for node in graph_def.node:
    if node.op == 'ReadVariableOp' and len(node.input) == 1:
      source = node_defs.tensor_name(node.input[0])
      if source in reads:
        reads[source].append(node.name)
  for node in graph_def.node:
    if ops.has(node, ops.Is.READ):
      continue
    written = {
      node_defs.tensor_name(source)
      for source in node.input
      if not source.startswith('^')
    } & reads.keys()
    first = [read for handle in written for read in reads[handle]]
    if written or ops.has(node, ops.Is.REF_WRITE):
      node.input.extend('^' + name for name in (*first, *inputs))


def read_first(
  graph_def: tf.compat.v1.GraphDef, is_variable: Callable[[str], bool]
) -> set[str]:
  """The variables that a subgraph reads at once, by the names of their nodes."""
  return {
    source
    for node in graph_def.node
    if node.op == 'ReadVariableOp' and len(node.input) == 1
    for source in [node_defs.node_name(node.input[0])]
    if is_variable(source)
  }


def _inputs(graph_def: tf.compat.v1.GraphDef) -> list[str]:
  """The nodes that read the input and wait for nothing but each other.

  Those of several replicas do.
  """
  waits_for = {
    node.name: {source.lstrip('^') for source in node.input[1:]}
    for node in graph_def.node
    if node.op == 'IteratorGetNext'
  }
  while True:
    free = {n: w for n, w in waits_for.items() if w <= waits_for.keys()}
    if len(free) == len(waits_for):
      return list(free)
    waits_for = free


def variable_behind(
  node_of: Callable[[str], tf.compat.v1.NodeDef], name: str
) -> str | None:
  """The variable whose value is the value of the node `name`.

  Args:
    node_of: A node by its name.
    name: The node.

  Returns:
    The name of the variable's VarHandleOp; None if the node is something else
    than an unordered read of a variable.
  """
  node = node_of(name)
  if node.op != 'ReadVariableOp' or len(node.input) != 1:
    return None
  handle = node_defs.node_name(node.input[0])
  return handle if node_of(handle).op == 'VarHandleOp' else None
