"""Orders reads of variables and of the input before the writes of a run."""

import collections
from collections.abc import Callable

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

# The input, and what may lead to it: inputs of several replicas wait for each other.
_BEFORE_ALL = frozenset(
  {
    'Const',
    'Identity',
    'IteratorFromStringHandleV2',
    'IteratorGetNext',
    'IteratorToStringHandle',
    'Placeholder',
    'PlaceholderWithDefault',
  }
)


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Adds control edges from what nothing else orders to the writes.

  Nothing in a graph says what `session.run([train_op, global_step])` reads: the
  step before the update or the one after it. The same is true of a summary of a
  weight. In a Session the read comes first in practice, because it waits for
  nothing, and hooks rely on that. Here a control edge makes it come first. The
  next element of the input comes first as well, so that the run in which the
  input ends writes nothing. Reads and input take nothing that a run computes,
  so the new edges cannot close a circle.
  """
  reads: dict[str, list[str]] = {f'{name}:0': [] for name in context.variables}
  # In a branch or a loop a variable has another name.
  inside: dict[str, list[str]] = collections.defaultdict(list)
  inputs = _inputs(nodes)
  is_changed = False
  for node in nodes.of('ReadVariableOp'):
    source = node_graph.tensor_name(node.input[0])
    if len(node.input) == 1:
      (reads if source in reads else inside)[source].append(node.name)
  for node in nodes.nodes:
    if ops.has(node, ops.Is.READ):
      continue
    taken = {
      node_graph.tensor_name(source)
      for source in node.input
      if not source.startswith('^')
    }
    written = taken & reads.keys()
    for handle in sorted(taken & inside.keys()):
      node.input.extend('^' + name for name in inside[handle])
      is_changed = True
    first = [read for handle in written for read in reads[handle]]
    if written or _writes_reference(nodes, node):
      node.input.extend('^' + name for name in (*first, *inputs))
      is_changed = True
  return is_changed


def _writes_reference(
  nodes: node_graph.NodeGraph, node: tf.compat.v1.NodeDef
) -> bool:
  """Whether a node writes a variable of TF 1's first kind, outside of all loops."""
  if not ops.has(node, ops.Is.REF_WRITE):
    return False
  writer: tf.compat.v1.NodeDef | None = node
  while writer is not None and ops.has(writer, ops.Is.REF_WRITE):
    writer = nodes.producer(writer.input[0])
  return writer is not None and writer.op in ('VariableV2', 'Variable')


def read_first(
  graph_def: tf.compat.v1.GraphDef, is_variable: Callable[[str], bool]
) -> set[str]:
  """The variables that a subgraph reads at once, by the names of their nodes."""
  return {
    source
    for node in graph_def.node
    if node.op == 'ReadVariableOp' and len(node.input) == 1
    for source in [node_graph.node_name(node.input[0])]
    if is_variable(source)
  }


def _inputs(nodes: node_graph.NodeGraph) -> list[str]:
  """The nodes that read the input in each run, and take nothing that it computes.

  In a branch that is not taken nothing is read, and what waits for that does not
  run either.
  """
  is_plain: dict[str, bool] = {}

  def look(name: str) -> None:
    """Says of a node, and of all that it needs, whether it is plain."""
    stack = [name]
    while stack:
      name = stack[-1]
      node = nodes[name]
      sources = [n for n in map(node_graph.node_name, node.input) if n in nodes]
      missing = [n for n in sources if n not in is_plain]
      if node.op in _BEFORE_ALL and missing:
        stack += missing
        continue
      stack.pop()
      is_plain[name] = node.op in _BEFORE_ALL and all(
        is_plain[n] for n in sources
      )

  inputs = [node.name for node in nodes.of('IteratorGetNext')]
  for name in inputs:
    if name not in is_plain:
      look(name)
  return [name for name in inputs if is_plain[name]]


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
  handle = node_graph.node_name(node.input[0])
  return handle if node_of(handle).op == 'VarHandleOp' else None
