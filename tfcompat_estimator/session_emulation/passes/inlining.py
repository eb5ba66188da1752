"""Brings handles to operations in branches, loops and functions.

TensorFlow runs the branches and loops of TF 2's control flow, and most functions, as
parts of the graph that calls them. What such an operation needs of a session comes
as one more argument of each function on the way to it.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import bodies

v1 = tf.compat.v1
T = TypeVar('T')

_RESOURCE = tf.resource.as_datatype_enum
# The attributes that name functions, and the one of the types of the inputs.
_CASE = (('branches',), 'Tin')
_IF = (('then_branch', 'else_branch'), 'Tin')
_WHILE = (('cond', 'body'), 'T')
_CONTROL_FLOW = {
  'Case': _CASE,
  'If': _IF,
  'StatelessCase': _CASE,  # TensorFlow calls some so that draw (2.16 to 2.21)
  'StatelessIf': _IF,
  'StatelessWhile': _WHILE,
  'While': _WHILE,
}
_CALLS = {
  'PartitionedCall': (('f',), 'Tin'),
  'StatefulPartitionedCall': (('f',), 'Tin'),
}
# Stateful operations that do not keep TensorFlow from inlining a function.
_INLINED = frozenset(
  {
    'Multinomial',
    'ParameterizedTruncatedNormal',
    'RandomGamma',
    'RandomPoisson',
    'RandomPoissonV2',
    'RandomShuffle',
    'RandomStandardNormal',
    'RandomUniform',
    'RandomUniformInt',
    'TruncatedNormal',
  }
)


class Inlining(Generic[T]):
  """Rewrites some operations, wherever they are, with a handle for each.

  An operation in a function counts once for each way that leads to it.

  Args:
    graph_def: The graph; functions are added to its library.
    find: What is to be known of an operation; None for one that stays.
    rewrite: Rewrites an operation, given where it is and its handle.
  """

  def __init__(
    self,
    graph_def: v1.GraphDef,
    find: Callable[[v1.NodeDef], T | None],
    rewrite: Callable[[bodies.Body, v1.NodeDef, str], None],
  ):
    self._added = graph_def.library.function
    self._find = find
    self._rewrite = rewrite
    self._library = {f.signature.name: f for f in self._added}
    self._found: dict[str, list[T]] = {}  # in functions
    self._copies: dict[tuple[str, int, int, bool], str] = {}
    self._differentiated = {
      node.attr['f'].func.name
      for nodes in (graph_def.node, *(f.node_def for f in self._added))
      for node in nodes
      if node.op == 'SymbolicGradient'
    }

  def rewrite(
    self, body: bodies.Body, handle: Callable[[v1.NodeDef, T, int], str]
  ) -> None:
    """Rewrites the operations of a graph or function, and those it leads to.

    Args:
      body: The graph or function.
      handle: Makes a handle, given the node that leads to an operation, what
        was found of the operation, and the number of it behind that node.
    """
    awaited = _awaited(body.nodes)
    for node in list(body.nodes):
      found = self._behind(node, awaited)
      if not found:
        continue
      handles = [handle(node, item, i) for i, item in enumerate(found)]
      if self._functions(node, awaited):
        brought = [body.bring(name, _RESOURCE, node) for name in handles]
        self._pass(node, brought)
      else:
        self._rewrite(body, node, handles[0])

  def _behind(self, node: v1.NodeDef, awaited: set[str]) -> list[T]:
    """What was found of a node, or of those in the functions that it calls."""
    own = self._find(node)
    if own is not None:
      return [own]
    names = self._functions(node, awaited)
    return [item for name in names for item in self._in_function(name)]

  def _in_function(self, name: str) -> list[T]:
    if name not in self._found:
      self._found[name] = []  # should it call itself
      nodes = self._library[name].node_def
      awaited = _awaited(nodes)
      self._found[name] = [
        item for node in nodes for item in self._behind(node, awaited)
      ]
    return self._found[name]

  def _functions(self, node: v1.NodeDef, awaited: set[str]) -> list[str]:
    """The functions that become a part of where a node is."""
    if node.op in _CONTROL_FLOW:
      is_lowered = _flag(node, '_lower_using_switch_merge')
      return [f.name for _, f in _named(node)] if is_lowered else []
    if node.op in _CALLS:
      ((_, function),) = _named(node)
      called = function.name
    elif node.op in self._library:
      called = node.op
    else:
      return []
    function = self._library[called]
    if (
      called in self._differentiated
      or any(_flag(f, '_noinline') for f in (node, function))
      or any(_flag(f, '_XlaMustCompile') for f in (node, function))
    ):
      return []
    is_inlined = node.name in awaited or not any(
      map(self._has_effect, function.node_def)
    )
    return [called] if is_inlined else []

  def _has_effect(self, node: v1.NodeDef) -> bool:
    """Whether a node keeps a function from being inlined.

    Unless somebody waits for a call of it: then it is inlined all the same.
    """
    if node.op in self._library:
      return self._library[node.op].signature.is_stateful
    return (
      ops.is_stateful(node.op)
      and node.op not in _INLINED
      and not ops.has(node, ops.Is.READ)
    )

  def _pass(self, node: v1.NodeDef, handles: Sequence[str]) -> None:
    """Lets a node pass handles on to the functions that it calls."""
    data = [source for source in node.input if not source.startswith('^')]
    control = node.input[len(data) :]
    node.input[:] = [*data, *handles, *control]
    copy = functools.partial(self._copy, total=len(handles))
    if node.op in self._library:
      node.op = copy(node.op, 0)
      return
    types = (_CONTROL_FLOW | _CALLS)[node.op][1]
    node.attr[types].list.type.extend([_RESOURCE] * len(handles))
    first = 0
    for attribute, function in _named(node):
      name = function.name
      function.name = copy(name, first, returns=attribute == 'body')
      first += len(self._in_function(name))
    if types == 'T' and node.attr['output_shapes'].list.shape:
      for _ in handles:
        node.attr['output_shapes'].list.shape.add()

  def _copy(
    self, name: str, first: int, total: int, returns: bool = False
  ) -> str:
    """A function that takes handles after its arguments.

    Args:
      name: The function.
      first: The number of the first handle that is its own.
      total: How many there are.
      returns: Whether it returns them, too.
    """
    key = (name, first, total, returns)
    if key in self._copies:
      return self._copies[key]
    copy = self._added.add()
    copy.CopyFrom(self._library[name])
    copy.signature.name = f'{name}_with_handles_{len(self._copies)}'
    self._copies[key] = copy.signature.name
    names = [f'tfcompat_handle_{number}' for number in range(total)]
    for argument in names:
      copy.signature.input_arg.add(name=argument, type=_RESOURCE)
      if '_input_shapes' in copy.attr:
        copy.attr['_input_shapes'].list.shape.add()
    own = iter(names[first:])
    body = bodies.Body(copy.node_def, is_function=True)
    before = {node.name: body.outputs(node) for node in copy.node_def}
    self.rewrite(body, lambda *_: next(own))
    _rename_outputs(copy, body, before)
    for argument in names if returns else ():
      copy.signature.output_arg.add(name=f'{argument}_out', type=_RESOURCE)
      copy.ret[f'{argument}_out'] = argument
    return copy.signature.name


def _named(node: v1.NodeDef) -> Iterator[tuple[str, Any]]:
  """The functions that a node names, after the attributes that do."""
  for attribute in (_CONTROL_FLOW | _CALLS)[node.op][0]:
    value = node.attr[attribute]
    for function in value.list.func or [value.func]:
      yield attribute, function


def _flag(node: Any, attribute: str) -> bool:
  return attribute in node.attr and node.attr[attribute].b


def _awaited(nodes: Iterable[v1.NodeDef]) -> set[str]:
  """The names of nodes that others wait for."""
  return {
    source[1:]
    for node in nodes
    for source in node.input
    if source.startswith('^')
  }


def _rename_outputs(
  function: Any, body: bodies.Body, before: dict[str, list[str]]
) -> None:
  """Lets who took the outputs of a node take those of what it has become."""
  instead = {
    old: new
    for node in function.node_def
    if node.name in before
    for old, new in zip(before[node.name], body.outputs(node), strict=False)
    if old != new
  }
  if not instead:
    return
  for node in function.node_def:
    node.input[:] = [instead.get(source, source) for source in node.input]
  for name, source in function.ret.items():
    function.ret[name] = instead.get(source, source)
