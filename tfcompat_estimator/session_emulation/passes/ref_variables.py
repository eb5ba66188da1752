"""Keeps variables of TF 1's first kind in resources.

After tf.compat.v1.disable_v2_behavior(), or with use_resource=False, a variable is
an operation that returns a reference to its buffer. Kernels hold that buffer, so a
function with such a variable serves one session only. In the copy of the graph that
a session runs, the variables are therefore resources:

    w = VariableV2              w = ReadVariableOp(w/resource)
    Assign(w, value)            AssignVariableOp(w/resource, value)
    ApplyAdam(w, m, v, ...)     ResourceApplyAdam(w/resource, m/resource, ...)

There is one rule for who takes the value of a reference, wherever it is: it reads
the variable at the moment that it runs, after all its other inputs. The same holds
for what has the buffer of a reference, as its identity does, also on the other side
of a `Switch`, a `Merge` or an `Enter`. One read can serve all that take a value
that no write comes after; it comes before the writes that nothing orders, as
everywhere (`ordering.py`). The others get reads of their own. What is fetched is
copied at the end of the run, and read there.

A variable stays what it is if an operation that it is used by has no form for
resources, and if what may have its buffer, or may not, is taken after a write: a
slice has it or has not, depending on where it lies in memory. What chooses a branch
by such a one is copied, so that all that is in a branch goes by one choice, also where
some of it is taken there after the branch has written.
"""

import collections
from collections.abc import Collection, Iterator, Mapping

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.passes import (
  graph_pass,
  node_graph,
  precedence,
  ref_handles,
  references,
)

v1 = tf.compat.v1

_INT32 = tf.int32.as_datatype_enum
# What goes one way or another, and the number of the input that it goes by.
_CHOOSING = {
  'Case': 0,
  'If': 0,
  'LoopCond': 0,
  'RefSwitch': 1,
  'StatelessCase': 0,
  'StatelessIf': 0,
  'Switch': 1,
}


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Makes resources of variables.

  All nodes keep their names, and what they return. A variable that cannot be a
  resource stays what it is. What is fed shows no variable.
  """
  if not nodes.of(*references.VARIABLES):
    return False
  found = references.References(nodes.graph_def, nodes.fed)
  tensors = frozenset(found.of)
  if context.may_be_resources is not None:
    variables = {v for of in found.of.values() for v in of}
    found.forget(variables - set(context.may_be_resources))
  if found.of:
    rewriting = _Rewriting(nodes, found, context.in_cluster)
    context.ref_variables = rewriting.run()._replace(tensors=tensors)
  for node in nodes.nodes:
    _tell_where_integers_are(node)
  return bool(found.of)


# Of TensorFlow's FullTypeId.
_PRODUCT, _SHAPE_TENSOR, _TYPE_INT32 = 3, 1005, 207


def _tell_where_integers_are(node: v1.NodeDef) -> None:
  """Says of references that are left that int32 is in the memory of the host.

  A function with such a one is refused else, since TensorFlow itself says so of
  values only (TensorFlow 2.16 to 2.21).
  """
  key = 'dtype' if node.op in references.VARIABLES else 'T'
  is_integer = key in node.attr and node.attr[key].type == _INT32
  if not (is_integer and references.ends(node).given):
    return
  node.experimental_type.type_id = _PRODUCT
  for _ in _tf.op_def(node.op).output_arg:
    output = node.experimental_type.args.add(type_id=_SHAPE_TENSOR)
    output.args.add(type_id=_TYPE_INT32)


def _type_of_choice(node: v1.NodeDef) -> int:
  if 'Tcond' in node.attr:
    return node.attr['Tcond'].type
  return _INT32 if 'Case' in node.op else tf.bool.as_datatype_enum


class _Rewriting:
  """Rewrites one graph."""

  def __init__(
    self,
    nodes: node_graph.NodeGraph,
    found: references.References,
    in_cluster: bool,
  ):
    self._nodes = nodes
    self._found = found
    self._in_cluster = in_cluster
    self._instead: dict[str, str] = {}  # of writers that return references
    self._added: dict[tuple[str, str], Collection[str]] = {}
    self._writers = {
      name: variables
      for name, variables in found.takers.items()
      if references.writes(self._nodes[name].op)
    }
    self._writes = precedence.Writes(
      nodes.by_name, self._writers, found.of.keys(), nodes.fed
    )
    self._late = self._find_late()
    # As the graph was, before anything is changed.
    self._handles = ref_handles.Handles(nodes, found, self._writes.frames)
    self._uses = list(found.reads())
    self._fetched = list(self._fetchable())

  def _find_late(self) -> dict[tuple[str, str], dict[str, set[str]]]:
    """Nodes and tensors that are written before the nodes take them.

    Forgets the variables whose values could not be told then.

    Returns:
      What the nodes wait for beside the tensors: nodes, and of which tensors.
    """
    found = self._found
    late = [
      (node, tensor)
      for node, tensor in found.reads()
      if not found.is_signal(node)
      and self._writes.come_between(tensor, node, found.of[tensor])
    ]
    # In a cluster, tensors of other processes are copies.
    found.forget(
      variable
      for node, tensor in late
      if not (self._in_cluster or self._is_clear(tensor))
      for variable in found.of[tensor]
    )
    return {
      (node.name, tensor): self._others(node, tensor)
      for node, tensor in late
      if tensor in found.of and self._is_known(tensor)
    }

  def _is_clear(self, tensor: str) -> bool:
    """Whether one can tell whose buffer a tensor has.

    A write of another shape gives a variable a new buffer.
    """
    name, _, number = tensor.partition(':')
    is_reference = int(number) in references.ends(self._nodes[name]).given
    return self._found.is_clear(tensor) and (
      is_reference
      or not any(
        variables & self._found.of[tensor]
        and not self._keeps_shape(self._nodes[writer])
        for writer, variables in self._writers.items()
      )
    )

  def _is_known(self, tensor: str) -> bool:
    """Whether there is a handle of a tensor."""
    if self._in_cluster:
      return self._found.sure(tensor) is not None
    return self._is_clear(tensor)

  def _others(self, node: v1.NodeDef, tensor: str) -> dict[str, set[str]]:
    """The nodes, and their tensors, that a node waits for beside a tensor."""
    others: dict[str, set[str]] = collections.defaultdict(set)
    for source in node.input:
      name = node_graph.node_name(source)
      if self._nodes[name].op in references.VARIABLES or (
        self._nodes[name].op == 'Const' and not self._nodes[name].input
      ):
        continue
      if source.startswith('^'):
        others[name].add(source)
      elif (
        node.op not in references.MERGING
        and node_graph.tensor_name(source) != tensor
      ):
        others[name].add(node_graph.tensor_name(source))
    return others

  def _fetchable(self) -> Iterator[str]:
    """The tensors that show at the end of a run what was written last."""
    for tensor in self._found.of:
      name = node_graph.node_name(tensor)
      if (
        self._is_known(tensor)
        and name not in self._writes.frames.of
        and self._nodes[name].op not in references.BRANCHING
        and (self._found.sure(tensor) or not self._writes.is_in_branch(name))
      ):
        yield tensor

  def run(self) -> graph_pass.RefVariables:
    """Rewrites it."""
    reads = {
      variable: self._make_resource(self._nodes[variable])
      for variable in sorted({v for of in self._found.of.values() for v in of})
    }
    for name in self._found.takers:
      self._convert(self._nodes[name])
    for node, tensor in self._uses:
      others = self._late.get((node.name, tensor))
      if others is not None:
        self._read_anew(node, tensor, others)
      elif tensor in self._handles.entered:
        self._take_instead(node, tensor, self._handles.value(tensor))
    handles = self._handles.of
    live = {
      tensor: graph_pass.Live(
        self._handles.handle(tensor),
        frozenset(handles[v] for v in self._found.of[tensor]),
      )
      for tensor in self._fetched
    }
    self._choose_once()
    self._correct_control_inputs()
    writers = {
      self._instead.get(name, name): {handles[v] for v in variables}
      for name, variables in self._writers.items()
      if name in self._found.takers
    }
    return graph_pass.RefVariables(
      handles,
      reads,
      live,
      writers,
      added=self._added,
      follow_writes=self._writes.follow_writes(),
    )

  def _make_resource(self, node: v1.NodeDef) -> str:
    """Makes the variable a read of a resource; returns another such read."""
    handle = self._handles.add(
      f'{node.name}/resource', 'VarHandleOp', node.device
    )
    handle.attr['dtype'].CopyFrom(node.attr['dtype'])
    handle.attr['shape'].CopyFrom(node.attr['shape'])
    if any(
      node.name in variables and not self._keeps_shape(self._nodes[name])
      for name, variables in self._found.takers.items()
    ):
      handle.attr['shape'].shape.CopyFrom(tf.TensorShape(None).as_proto())
    for name in ('container', 'shared_name'):
      handle.attr[name].s = b''
    self._handles.of[node.name] = handle.name
    read = self._handles.add(f'{handle.name}/read', '', node.device)
    for reader in (node, read):
      self._handles.make_read(reader, f'{node.name}:0')
    return read.name

  def _keeps_shape(self, node: v1.NodeDef) -> bool:
    return node.op != 'Assign' or node.attr['validate_shape'].b

  def _convert(self, node: v1.NodeDef) -> None:
    """Makes a node that takes references take resources, or values."""
    is_entering = node.op in references.ENTERING
    if node.op in references.PASSING and not is_entering:
      node.op = references.PASSING[node.op]
      return
    taken, given = references.ends(node)
    tensors = [node_graph.tensor_name(node.input[number]) for number in taken]
    target = node
    if given and not is_entering:
      target = self._handles.add(f'{node.name}/write', node.op, node.device)
      target.input.extend(node.input)
      for key, value in node.attr.items():
        target.attr[key].CopyFrom(value)
      self._instead[node.name] = target.name
    for number, tensor in zip(taken, tensors, strict=True):
      target.input[number] = self._handles.handle(tensor)
    # What another writer returned, is what there was after that had written.
    target.input.extend(
      f'^{self._handles.alive(tensor)}'
      for tensor in dict.fromkeys(tensors)
      if not self._handles.is_root(tensor)
    )
    if node.op == 'Assign':
      self._copy_value(target)
    target.op = references.for_resources(node.op) or ''
    node_graph.drop_attributes(target)
    if is_entering:
      target.attr['T'].type = tf.resource.as_datatype_enum
    elif 'dtype' in node_graph.attributes(target.op):
      target.attr['dtype'].type = self._handles.dtype(tensors[0])
    if target is not node:
      self._handles.make_read(node, tensors[0], [target.name])

  def _copy_value(self, assign: v1.NodeDef) -> None:
    """Assigns a copy of what a variable may have that stays a reference.

    A resource keeps the buffer that it is given, and others write to that one.
    """
    source = node_graph.tensor_name(assign.input[1])
    if source in self._found.of_left:
      copy = self._handles.add(f'{assign.name}/copy', 'DeepCopy', assign.device)
      # What it may have is read when it is assigned, not before.
      waits_for = [each for each in assign.input if each.startswith('^')]
      copy.input.extend([source, *waits_for])
      copy.attr['T'].CopyFrom(assign.attr['T'])
      assign.input[1] = copy.name

  def _choose_once(self) -> None:
    """Copies what may be the value of a variable that is left, and chooses."""
    copies: dict[tuple[str, ...], str] = {}
    for node in self._nodes.of(*_CHOOSING):
      number = _CHOOSING[node.op]
      tensor = node_graph.tensor_name(node.input[number])
      if tensor not in self._found.of_left:
        continue
      waits_for = [each for each in node.input if each.startswith('^')]
      key = (tensor, *waits_for)
      if key not in copies:
        name = f'{node_graph.node_name(tensor)}/choice'
        copy = self._handles.add(name, 'DeepCopy', node.device)
        copy.input.extend(key)
        copy.attr['T'].type = _type_of_choice(node)
        copies[key] = copy.name
      node.input[number] = copies[key]

  def _read_anew(
    self, node: v1.NodeDef, tensor: str, others: Mapping[str, set[str]]
  ) -> None:
    """Lets a node take the value that there is when all else is there."""
    waits_for = set(others)
    if not self._handles.is_root(tensor):
      waits_for.add(self._handles.alive(tensor))
    read = node
    if node.op != 'Identity':
      variable = next(iter(self._found.of[tensor]))
      device = self._nodes[variable].device
      read = self._handles.add(f'{node.name}/read', '', device)
      self._take_instead(node, tensor, read.name)
    self._handles.make_read(read, tensor, waits_for)
    for name, tensors in others.items():
      self._added[read.name, name] = tensors

  def _take_instead(self, node: v1.NodeDef, tensor: str, value: str) -> None:
    node = self._nodes[self._instead.get(node.name, node.name)]
    for number, source in enumerate(node.input):
      if not source.startswith('^') and (
        node_graph.tensor_name(source) == tensor
      ):
        node.input[number] = value

  def _correct_control_inputs(self) -> None:
    """Lets nodes wait for what writes; variables, nobody has to wait for."""
    for node in self._nodes.nodes:
      if not any(source.startswith('^') for source in node.input):
        continue
      inputs = dict.fromkeys(
        f'^{self._instead.get(source[1:], source[1:])}'
        if source.startswith('^')
        else f'{number} {source}'
        for number, source in enumerate(node.input)
        if not (source.startswith('^') and source[1:] in self._handles.of)
      )
      node.input[:] = [source.rpartition(' ')[2] for source in inputs]
