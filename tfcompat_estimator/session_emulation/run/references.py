"""Finds who refers to the variables of TF 1's first kind.

Such a variable is an operation that returns a reference to its buffer; what
writes it takes the reference and returns it again.
"""

import collections
import functools
from collections.abc import Iterator
from typing import NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import node_defs

v1 = tf.compat.v1

VARIABLES = ('VariableV2', 'Variable')
# What refers to the buffer that it is given, and what it is for resources.
PASSING = {
  'RefEnter': 'Enter',
  'RefIdentity': 'Identity',
  'RefSwitch': 'Switch',
}
_ONLY_ASKS = 'IsVariableInitialized'
# Other operations have `Resource` before their names.
_NAMED_OTHERWISE = {
  'Assign': 'AssignVariableOp',
  'AssignAdd': 'AssignAddVariableOp',
  'AssignSub': 'AssignSubVariableOp',
  _ONLY_ASKS: 'VarIsInitializedOp',
}


class Ends(NamedTuple):
  """Which inputs and outputs of a node are references, by number."""

  taken: tuple[int, ...]
  given: tuple[int, ...]


def ends(node: v1.NodeDef) -> Ends:
  """The references among the inputs and outputs of a node."""
  op_def = _tf.op_def(node.op)
  if op_def is None:
    return Ends((), ())
  return Ends(
    tuple(_numbers(node, op_def.input_arg)),
    tuple(_numbers(node, op_def.output_arg)),
  )


def _numbers(node: v1.NodeDef, arguments: Iterator) -> Iterator[int]:
  number = 0
  for argument in arguments:
    count = 1
    if argument.number_attr:
      count = node.attr[argument.number_attr].i
    elif argument.type_list_attr:
      count = len(node.attr[argument.type_list_attr].list.type)
    if argument.is_ref:
      yield from range(number, number + count)
    number += count


@functools.cache
def for_resources(op: str) -> str | None:
  """The operation that does to a resource what `op` does to a reference."""
  name = PASSING.get(op) or _NAMED_OTHERWISE.get(op) or f'Resource{op}'
  return name if _tf.op_def(name) is not None else None


class References:
  """Who refers to which variable in a graph; it is not kept up to date.

  Attributes:
    owner: From each tensor that shows what a variable was given last, to the
      variable: references, and what is the identity of one.
    takers: From each node that takes references, to their variables.
  """

  def __init__(self, graph_def: v1.GraphDef):
    self._nodes = {node.name: node for node in graph_def.node}
    self.owner = {
      f'{node.name}:0': node.name
      for node in graph_def.node
      if node.op in VARIABLES and not node.attr['shared_name'].s
    }
    self.takers: dict[str, set[str]] = collections.defaultdict(set)
    self._source: dict[str, str] = {}  # of each tensor but the variables' own
    self._uses: dict[str, list[v1.NodeDef]] = collections.defaultdict(list)
    self._next: dict[str, list[str]] = collections.defaultdict(list)
    self._connect(graph_def)
    self._follow()
    self._leave_out()

  def base(self, tensor: str) -> str:
    """The variable's own tensor behind another, or what passes it on.

    What passes it on tells whether a branch is taken, for instance.
    """
    while tensor in self._source:
      if self._nodes[node_defs.node_name(tensor)].op in PASSING:
        break
      tensor = self._source[tensor]
    return tensor

  def writes(self, name: str) -> bool:
    """Whether a node that takes references may write."""
    op = self._nodes[name].op
    return op not in PASSING and op != _ONLY_ASKS

  def reads(self) -> Iterator[tuple[v1.NodeDef, str]]:
    """Nodes and the tensors whose values they take, be they references or not.

    A Merge takes the value of a branch that was taken, which exists by then.
    """
    for tensor in self.owner:
      for node in self._uses[tensor]:
        taken = ends(node).taken
        if node.op != 'Merge' and any(
          node_defs.tensor_name(source) == tensor and number not in taken
          for number, source in enumerate(node.input)
        ):
          yield node, tensor

  def written_before(self) -> dict[str, set[str]]:
    """From nodes to the variables that are written before them, in any run."""
    numbers = {name: 1 << i for i, name in enumerate(set(self.owner.values()))}
    own = {
      name: sum(numbers[variable] for variable in variables)
      for name, variables in self.takers.items()
      if self.writes(name)
    }
    before: dict[str, int] = collections.defaultdict(int)
    waiting = list(own)
    while waiting:
      name = waiting.pop()
      bits = before[name] | own.get(name, 0)
      for follower in self._next[name]:
        if bits & ~before[follower]:
          before[follower] |= bits
          waiting.append(follower)
    return {
      name: {variable for variable, bit in numbers.items() if bits & bit}
      for name, bits in before.items()
    }

  def _connect(self, graph_def: v1.GraphDef) -> None:
    for node in graph_def.node:
      for source in dict.fromkeys(node.input):
        self._next[node_defs.node_name(source)].append(node.name)
        if not source.startswith('^'):
          self._uses[node_defs.tensor_name(source)].append(node)

  def _follow(self) -> None:
    waiting = list(self.owner)
    while waiting:
      tensor = waiting.pop()
      for node in self._uses[tensor]:
        taken, given = ends(node)
        if tensor in (
          node_defs.tensor_name(node.input[number]) for number in taken
        ):
          self.takers[node.name].add(self.owner[tensor])
          # What it returns refers to the first variable that it takes.
          outputs = (
            given
            if node_defs.tensor_name(node.input[taken[0]]) == tensor
            else ()
          )
        else:
          outputs = (0,) if node.op == 'Identity' else ()
        for number in outputs:
          found = f'{node.name}:{number}'
          if found not in self.owner:
            self.owner[found] = self.owner[tensor]
            self._source[found] = tensor
            waiting.append(found)

  def _leave_out(self) -> None:
    """Forgets variables that cannot be resources, and those they meet."""
    left: set[str] = set()
    for name, variables in self.takers.items():
      node = self._nodes[name]
      taken = {
        node_defs.tensor_name(node.input[number]) for number in ends(node).taken
      }
      if for_resources(node.op) is None or not taken <= self.owner.keys():
        left |= variables
    while any(v & left and not v <= left for v in self.takers.values()):
      left.update(*(v for v in self.takers.values() if v & left))
    self.owner = {t: v for t, v in self.owner.items() if v not in left}
    self.takers = {n: v for n, v in self.takers.items() if not v & left}
