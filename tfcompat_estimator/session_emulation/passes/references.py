"""Finds who refers to the variables of TF 1's first kind.

Such a variable is an operation that returns a reference to its buffer; what
writes it takes the reference and returns it again. Whoever takes the value of a
reference gets the buffer, not a copy of it: so do all that hand a tensor on as it
is, through branches and loops. What is written later is seen by all of them.
"""

import collections
import functools
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import frames, node_graph

v1 = tf.compat.v1

VARIABLES = ('VariableV2', 'Variable')
# What takes a reference into a branch or a loop, and what it is for resources.
ENTERING = {'RefEnter': 'Enter', 'RefSwitch': 'Switch'}
# What refers to the buffer that it is given, and what it is for values.
PASSING = {
  **ENTERING,
  'RefExit': 'Exit',
  'RefIdentity': 'Identity',
  'RefMerge': 'Merge',
  'RefNextIteration': 'NextIteration',
}
# Control flow: what PASSING are for values.
JOINING = frozenset(PASSING.values()) - {'Identity'}
# What has an output for each of several branches.
BRANCHING = ('RefSwitch', 'Switch')
# Types of what may hold tensors.
_HOLDERS = frozenset(t.as_datatype_enum for t in (tf.resource, tf.variant))
_ONLY_ASKS = 'IsVariableInitialized'
# Other operations have `Resource` before their names.
_NAMED_OTHERWISE = {
  'Assign': 'AssignVariableOp',
  'AssignAdd': 'AssignAddVariableOp',
  'AssignSub': 'AssignSubVariableOp',
  _ONLY_ASKS: 'VarIsInitializedOp',
}
MERGING = ('Merge', 'RefMerge')
NEXT = ('NextIteration', 'RefNextIteration')
_HAND_OUT_ALL = (*MERGING, 'RefSelect')


class Ends(NamedTuple):
  """Which inputs and outputs of a node are references, by number."""

  taken: tuple[int, ...]
  given: tuple[int, ...]


def ends(node: v1.NodeDef) -> Ends:
  """The references among the inputs and outputs of a node."""
  op_def = _tf.op_def(node.op)
  if op_def is None or not _has_references(node.op):
    return Ends((), ())
  return Ends(
    tuple(_numbers(node, op_def.input_arg)),
    tuple(_numbers(node, op_def.output_arg)),
  )


@functools.cache
def _has_references(op: str) -> bool:
  op_def = _tf.op_def(op)
  return any(a.is_ref for a in (*op_def.input_arg, *op_def.output_arg))


def _numbers(node: v1.NodeDef, arguments: Iterable) -> Iterator[int]:
  number = 0
  for argument in arguments:
    count = _count(node, argument)
    if argument.is_ref:
      yield from range(number, number + count)
    number += count


def _count(node: v1.NodeDef, argument: Any) -> int:
  """How many tensors an argument stands for."""
  if argument.number_attr:
    return node.attr[argument.number_attr].i
  if argument.type_list_attr:
    return len(node.attr[argument.type_list_attr].list.type)
  return 1


def _outputs(node: v1.NodeDef) -> int:
  op_def = _tf.op_def(node.op)
  if op_def is None:
    return 1
  return sum(_count(node, argument) for argument in op_def.output_arg)


@functools.cache
def for_resources(op: str) -> str | None:
  """The operation that does to a resource what `op` does to a reference."""
  name = PASSING.get(op) or _NAMED_OTHERWISE.get(op) or f'Resource{op}'
  return name if _tf.op_def(name) is not None else None


def writes(op: str) -> bool:
  """Whether an operation that takes references may write."""
  return op not in PASSING and op != _ONLY_ASKS


class References:
  """Who refers to which variable in a graph; it is not kept up to date.

  Attributes:
    of: From each tensor that may have the buffer of variables, to these:
      references, what is the identity of one, and so on.
    takers: From each node that takes references, to their variables.
    of_left: The tensors that may have the buffers of forgotten variables.
  """

  def __init__(self, graph_def: v1.GraphDef, fed: Collection[str] = ()):
    """Looks at all nodes.

    Args:
      graph_def: The graph.
      fed: The names of tensors that refer to nothing.
    """
    self._nodes = {node.name: node for node in graph_def.node}
    self._library = graph_def.library
    self._called = {f.signature.name for f in graph_def.library.function}
    self._fed = fed
    self.of: dict[str, frozenset[str]] = {
      f'{node.name}:0': frozenset([node.name])
      for node in graph_def.node
      if node.op in VARIABLES
      and not node.attr['shared_name'].s
      and f'{node.name}:0' not in fed
    }
    self.of_left: set[str] = set()
    self.takers: dict[str, set[str]] = collections.defaultdict(set)
    self._uses: dict[str, list[v1.NodeDef]] = collections.defaultdict(list)
    self._doubtful: set[str] = set()  # value of a variable in some runs only
    self._unclear: set[str] = set()  # nobody knows before it runs
    self._kept: set[str] = set()  # variables whose buffers outlast the run
    for node in graph_def.node:
      for source in dict.fromkeys(node.input):
        if not source.startswith('^'):
          self._uses[node_graph.tensor_name(source)].append(node)
    self._follow()
    self._doubt()

  def sure(self, tensor: str) -> str | None:
    """The variable whose value a tensor has, whatever is run."""
    variables = self.of.get(tensor, ())
    if len(variables) != 1 or not self.is_clear(tensor):
      return None
    if tensor in self._doubtful:
      return None
    return next(iter(variables))

  def is_signal(self, node: v1.NodeDef) -> bool:
    """Whether others only wait for a node: what it returns does not matter.

    In a loop of TF 1 such nodes bring in what is waited for; none can be fetched.
    """
    name = f'{node.name}:0'
    return (
      node.op == 'Identity'
      and not self._uses.get(name)
      and self._nodes[node_graph.node_name(node.input[0])].op in frames.ENTER
    )

  def is_clear(self, tensor: str) -> bool:
    """Whether what has been chosen in a run tells whose value a tensor has."""
    return tensor not in self._unclear

  def reads(self) -> Iterator[tuple[v1.NodeDef, str]]:
    """Nodes and the tensors whose values they take, be they references or not."""
    for tensor in self.of:
      for node in self._uses[tensor]:
        taken = () if self._passes(node) else ends(node).taken
        if any(
          number not in taken
          and not source.startswith('^')
          and node_graph.tensor_name(source) == tensor
          for number, source in enumerate(node.input)
        ):
          yield node, tensor

  def forget(self, left: Iterable[str]) -> None:
    """Forgets variables, those that operations take with them, and others.

    The others are taken by an operation that has no form for resources.
    """
    left = self._kept.union(left)
    for name, variables in self.takers.items():
      node = self._nodes[name]
      taken = _taken(node)
      # One that passes values on may take those of several variables.
      is_known = self.of.__contains__ if self._passes(node) else self.sure
      if for_resources(node.op) is None or not all(map(is_known, taken)):
        left |= variables
    while any(v & left and not v <= left for v in self.takers.values()):
      left.update(*(v for v in self.takers.values() if v & left))
    self.of_left |= {t for t, v in self.of.items() if v & left}
    self.of = {t: v - left for t, v in self.of.items() if v - left}
    self.takers = {n: v for n, v in self.takers.items() if not v & left}

  def _passes(self, node: v1.NodeDef) -> bool:
    return node.op in PASSING and node.op not in ENTERING

  def _handed_out(
    self, node: v1.NodeDef, tensor: str
  ) -> tuple[list[str], bool]:
    """The tensors that have the buffer of an input, and whether for sure."""
    taken, given = ends(node)
    numbers: Iterable[int] = ()
    sure = True
    first = _first(node, taken)
    if taken and node.op not in PASSING:
      # What is returned refers to what is taken first.
      sure = node.op not in _HAND_OUT_ALL
      numbers = given if first == tensor or not sure else ()
    elif ops.has(node, ops.Is.HANDS_ON):
      if first == tensor or node.op in _HAND_OUT_ALL:
        numbers = range(2 if node.op in ('Switch', 'RefSwitch') else 1)
    elif node.op == 'IdentityN':
      numbers = [
        number
        for number, source in enumerate(node.input)
        if not source.startswith('^')
        and node_graph.tensor_name(source) == tensor
      ]
    elif node.op == 'StackPushV2':
      # What is taken from there later may be it.
      return [self._origin(node_graph.tensor_name(node.input[0]))], False
    elif self._may_share(node):
      sure = False
      numbers = self._of_its_type(node, tensor)
    return [f'{node.name}:{number}' for number in numbers], sure

  def _may_share(self, node: v1.NodeDef) -> bool:
    """Whether outputs may have the buffers of inputs: it depends on shapes."""
    if node.op == 'Cast':  # one to another type has to make a new tensor
      return node.attr['SrcT'].type == node.attr['DstT'].type
    return ops.has(node, ops.Is.MAY_SHARE) or any(
      name in self._called for name in ops.functions_named_in(node)
    )

  def _of_its_type(self, node: v1.NodeDef, tensor: str) -> Iterable[int]:
    """The outputs that may have the buffer of a tensor, as far as types tell."""
    types = node.attr['Tout'].list.type if 'Tout' in node.attr else ()
    if not types:
      return range(_outputs(node))
    fitting = {self._nodes[v].attr['dtype'].type for v in self.of[tensor]}
    fitting |= _HOLDERS
    return [number for number, each in enumerate(types) if each in fitting]

  def _keeps(self, node: v1.NodeDef) -> bool:
    """Whether a node, or a function that it calls, may keep a buffer that it takes."""
    nodes: Iterable[v1.NodeDef] = [node]
    if not self._called.isdisjoint(ops.functions_named_in(node)):
      nodes = ops.with_called(nodes, self._library)
    return any(ops.has(each, ops.Is.KEEPS) for each in nodes)

  def _origin(self, tensor: str) -> str:
    """Where a handle comes from, through branches and loops."""
    while True:
      node = self._nodes[node_graph.node_name(tensor)]
      if not ops.has(node, ops.Is.HANDS_ON):
        return tensor
      tensor = node_graph.tensor_name(node.input[0])

  def _follow(self) -> None:
    waiting = list(self.of)
    while waiting:
      tensor = waiting.pop()
      for node in self._uses[tensor]:
        if tensor in _taken(node):
          self.takers[node.name] |= self.of[tensor]
        if self._keeps(node):
          self._kept |= self.of[tensor]
        found, sure = self._handed_out(node, tensor)
        for other in found:
          if other in self._fed:
            continue
          if not sure:
            self._unclear.add(other)
          known = self.of.get(other, frozenset())
          if not self.of[tensor] <= known:
            self.of[other] = known | self.of[tensor]
            waiting.append(other)

  def _doubt(self) -> None:
    """Finds what has the value of a variable in some runs only."""
    for tensor, variables in self.of.items():
      node = self._nodes[node_graph.node_name(tensor)]
      if len(variables) > 1 or (
        node.op in _HAND_OUT_ALL
        and any(
          node_graph.tensor_name(source) not in self.of
          for source in node.input
          if not source.startswith('^')
        )
      ):
        self._doubtful.add(tensor)
    self._spread(self._doubtful)
    self._spread(self._unclear)

  def _spread(self, tensors: set[str]) -> None:
    """Adds the tensors that have the buffers of these."""
    waiting = list(tensors)
    while waiting:
      tensor = waiting.pop()
      for node in self._uses[tensor]:
        for found in self._handed_out(node, tensor)[0]:
          if found in self.of and found not in tensors:
            tensors.add(found)
            waiting.append(found)


def _taken(node: v1.NodeDef) -> list[str]:
  """The references that a node takes."""
  return [node_graph.tensor_name(node.input[n]) for n in ends(node).taken]


def _first(node: v1.NodeDef, taken: Sequence[int]) -> str | None:
  """The first tensor that a node takes, of references if it takes some."""
  if not taken and (not node.input or node.input[0].startswith('^')):
    return None
  return node_graph.tensor_name(node.input[taken[0] if taken else 0])
