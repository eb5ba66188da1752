"""Keeps variables of TF 1's first kind in resources.

After tf.compat.v1.disable_v2_behavior(), or with use_resource=False, a variable is
an operation that returns a reference to its buffer. Kernels hold that buffer, so a
function with such a variable serves one session only. In the copy of the graph that
a session runs, the variables are therefore resources:

    w = VariableV2              w = ReadVariableOp(w/resource)
    Assign(w, value)            AssignVariableOp(w/resource, value)
    ApplyAdam(w, m, v, ...)     ResourceApplyAdam(w/resource, m/resource, ...)

A reference, and what is the identity of one, shows what was written last: to all
that the graph orders after the write, and to who fetches it, since that is copied
at the end of the run. So what comes after a write reads the variable anew. What
nothing orders comes before the writes, as everywhere (`ordering.py`).
"""

from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import node_defs, references

v1 = tf.compat.v1


class RefVariables(NamedTuple):
  """The variables of a graph that became resources."""

  handles: dict[str, str]  # the node of each variable's resource
  reads: dict[
    str, str
  ]  # the node of each variable's value before it is written
  live: dict[
    str, str
  ]  # of tensors that show the last value, the resource's node
  writers: frozenset[str]  # nodes


NONE = RefVariables({}, {}, {}, frozenset())


def use_resources(graph_def: v1.GraphDef) -> RefVariables:
  """Makes resources of variables, in place.

  All nodes keep their names, and what they return. A variable that is used by an
  operation that has no form for resources stays what it is.
  """
  if not any(node.op in references.VARIABLES for node in graph_def.node):
    return NONE
  found = references.References(graph_def)
  if not found.owner:
    return NONE
  return _Rewriting(graph_def, found).run()


class _Rewriting:
  """Rewrites one graph."""

  def __init__(self, graph_def: v1.GraphDef, found: references.References):
    self._graph_def = graph_def
    self._nodes = {node.name: node for node in graph_def.node}
    self._found = found
    # As the graph was, before anything is changed.
    self._bases = {tensor: found.base(tensor) for tensor in found.owner}
    self._uses = list(found.reads())
    self._before = found.written_before()
    self._writers = {name for name in found.takers if found.writes(name)}
    self._handles: dict[str, str] = {}
    self._instead: dict[str, str] = {}  # of writers that return references

  def run(self) -> RefVariables:
    """Rewrites it."""
    reads = {
      variable: self._make_resource(self._nodes[variable])
      for variable in sorted(set(self._found.owner.values()))
    }
    for name in self._found.takers:
      self._convert(self._nodes[name])
    for node, tensor in self._uses:
      is_passed = self._is_passed(tensor) and self._bases[tensor] == tensor
      owner = self._found.owner[tensor]
      if is_passed or owner in self._before.get(node.name, ()):
        self._read_anew(node, tensor)
    self._correct_control_inputs()
    return RefVariables(
      self._handles,
      reads,
      {
        tensor: self._handles[owner]
        for tensor, owner in self._found.owner.items()
        if not self._is_passed(tensor)
      },
      frozenset(self._instead.get(name, name) for name in self._writers),
    )

  def _is_passed(self, tensor: str) -> bool:
    """Whether it refers to a variable in a branch or a loop."""
    return self._bases[tensor] != f'{self._found.owner[tensor]}:0'

  def _handle(self, tensor: str) -> str:
    """The resource that a reference stands for."""
    if self._is_passed(tensor):
      return self._bases[tensor]
    return self._handles[self._found.owner[tensor]]

  def _dtype(self, tensor: str) -> int:
    return self._nodes[self._found.owner[tensor]].attr['dtype'].type

  def _add(self, name: str, op: str, device: str) -> v1.NodeDef:
    return node_defs.add(self._graph_def, self._nodes, name, op, device)

  def _make_resource(self, node: v1.NodeDef) -> str:
    """Makes the variable a read of a resource; returns another such read."""
    handle = self._add(f'{node.name}/resource', 'VarHandleOp', node.device)
    handle.attr['dtype'].CopyFrom(node.attr['dtype'])
    handle.attr['shape'].CopyFrom(node.attr['shape'])
    if any(
      node.name in variables and not self._keeps_shape(self._nodes[name])
      for name, variables in self._found.takers.items()
    ):
      handle.attr['shape'].shape.CopyFrom(tf.TensorShape(None).as_proto())
    for name in ('container', 'shared_name'):
      handle.attr[name].s = b''
    self._handles[node.name] = handle.name
    read = self._add(f'{handle.name}/read', '', node.device)
    for reader in (node, read):
      self._make_read(reader, handle.name, node.attr['dtype'].type)
    return read.name

  def _keeps_shape(self, node: v1.NodeDef) -> bool:
    return node.op != 'Assign' or node.attr['validate_shape'].b

  def _make_read(
    self, node: v1.NodeDef, handle: str, dtype: int, *control_inputs: str
  ) -> None:
    node.op = 'ReadVariableOp'
    node.input[:] = [handle, *control_inputs]
    node.attr['dtype'].type = dtype
    _drop_attributes(node)

  def _convert(self, node: v1.NodeDef) -> None:
    """Makes a node that takes references take resources."""
    taken, given = references.ends(node)
    tensors = [node_defs.tensor_name(node.input[number]) for number in taken]
    # What another writer returned, is what there was after that had written.
    waits_for = {
      f'^{node_defs.node_name(tensor)}'
      for tensor in tensors
      if node_defs.node_name(tensor) in self._writers
    }
    first = self._handle(tensors[0])
    dtype = self._dtype(tensors[0])
    target = node
    if given and node.op not in references.PASSING:
      target = self._add(f'{node.name}/write', node.op, node.device)
      target.input.extend(node.input)
      for key, value in node.attr.items():
        target.attr[key].CopyFrom(value)
      self._instead[node.name] = target.name
    for number, tensor in zip(taken, tensors, strict=True):
      target.input[number] = self._handle(tensor)
    target.input.extend(sorted(waits_for))
    is_passing = node.op in references.PASSING
    target.op = references.for_resources(node.op) or ''
    _drop_attributes(target)
    if is_passing:
      target.attr['T'].type = tf.resource.as_datatype_enum
    elif 'dtype' in _attributes(target.op):
      target.attr['dtype'].type = dtype
    if target is not node:
      self._make_read(node, first, dtype, f'^{target.name}')

  def _read_anew(self, node: v1.NodeDef, tensor: str) -> None:
    """Lets a node take the value that there is when all else is there."""
    variable = self._nodes[self._found.owner[tensor]]
    node = self._nodes[self._instead.get(node.name, node.name)]
    others = {node_defs.node_name(source) for source in node.input}
    others -= set(self._handles.values())
    read = self._add(f'{node.name}/read', '', variable.device)
    self._make_read(
      read,
      self._handle(tensor),
      self._dtype(tensor),
      *(f'^{name}' for name in sorted(others)),
    )
    for number, source in enumerate(node.input):
      if node_defs.tensor_name(source) == tensor:
        node.input[number] = read.name

  def _correct_control_inputs(self) -> None:
    """Lets nodes wait for what writes; variables, nobody has to wait for."""
    for node in self._graph_def.node:
      if not any(source.startswith('^') for source in node.input):
        continue
      inputs = dict.fromkeys(
        f'^{self._instead.get(source[1:], source[1:])}'
        if source.startswith('^')
        else f'{number} {source}'
        for number, source in enumerate(node.input)
        if not (source.startswith('^') and source[1:] in self._handles)
      )
      node.input[:] = [source.rpartition(' ')[2] for source in inputs]


def _attributes(op: str) -> set[str]:
  return {attribute.name for attribute in _tf.op_def(op).attr}


def _drop_attributes(node: v1.NodeDef) -> None:
  """Drops those that its operation does not have."""
  known = _attributes(node.op)
  for name in list(node.attr):
    if name not in known and not name.startswith('_'):
      del node.attr[name]
