"""Lets a call, a branch or a loop begin when all that it is given is there.

In a Session each is one operation. In a function TensorFlow puts the body in its
place (2.16 to 2.21: `inline_function_utils.cc`), and what takes nothing
in the body then waits only for what the operation has as control inputs. TensorFlow
leaves out a control input that one of the data inputs has already: so an
update in the body would come before what the caller ordered before the call. And
who waits for a call would not wait for its results, which may read a reference.

Where constants choose a branch TensorFlow cuts off the others, with what only they
take. Such a branch is left as it is: to wait for what it is given would run that.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

# Others may wait for a call of a function that changes nothing.
_CALLS = ('StatefulPartitionedCall', 'PartitionedCall')
_BRANCHES = ('If', 'StatelessIf', 'Case', 'StatelessCase')
_STRICT = (*_CALLS, *_BRANCHES, 'While', 'StatelessWhile')
# TensorFlow folds what these compute wherever it knows the shape.
_OF_SHAPE = ('Shape', 'ShapeN', 'Size', 'Rank')
_NOT_FOLDED = ('PlaceholderWithDefault', 'Merge')


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Adds control edges to calls, branches and loops from what they are given."""
  del context
  functions = {f.signature.name: f for f in nodes.graph_def.library.function}
  is_changed = _begin_strictly(nodes.nodes, nodes.producer, functions)
  is_changed |= _end_strictly(nodes)
  for function in functions.values():
    if function.control_ret:  # tf.function has ordered what is in it
      continue
    by_name = {node.name: node for node in function.node_def}

    def maker(
      source: str, by_name: Mapping[str, v1.NodeDef] = by_name
    ) -> v1.NodeDef | None:
      return by_name.get(node_graph.node_name(source))

    is_changed |= _begin_strictly(function.node_def, maker, functions)
  return is_changed


def _begin_strictly(
  nodes: Iterable[v1.NodeDef],
  producer: Callable[[str], v1.NodeDef | None],
  functions: Mapping[str, Any],
) -> bool:
  """Lets calls, branches and loops wait for those who make their inputs."""
  is_changed = False
  for node in nodes:
    if node.op not in _STRICT:
      continue
    if node.op in _BRANCHES and not _is_chosen(node, producer):
      continue
    makers = [producer(source) for source in _taken(node, functions)]
    is_changed |= _wait(
      node, (m.name for m in makers if m and not _is_there(m))
    )
  return is_changed


def _is_there(maker: v1.NodeDef) -> bool:
  """Whether its value is there without any wait."""
  return maker.op == 'Const' and not maker.input


def _taken(node: v1.NodeDef, functions: Mapping[str, Any]) -> list[str]:
  """The inputs of a call, and those of a branch or loop that are in use there.

  What makes the others does not run in a Session, if nothing else takes it.
  """
  if node.op in _CALLS:
    return list(node.input)
  first = node.op in _BRANCHES  # after what chooses
  taken = list(node.input[:first])
  data = [source for source in node.input if not source.startswith('^')][first:]
  called = [
    functions[called.name]
    for value in node.attr.values()
    for called in (value.func, *value.list.func)
    if called.name in functions
  ]
  used = [_used(each, functions, is_loop=not first) for each in called]
  return taken + [
    s for i, s in enumerate(data) if any(i in each for each in used)
  ]


def _used(
  function: Any, functions: Mapping[str, Any], is_loop: bool
) -> set[int]:
  """Which arguments are taken, other than for the next round of a loop."""
  sources: list[str] = []
  for node in function.node_def:
    sources += _taken(node, functions) if node.op in _STRICT else node.input
  arguments = [argument.name for argument in function.signature.input_arg]
  for number, result in enumerate(function.signature.output_arg):
    source = function.ret[result.name]
    if not is_loop or arguments[number : number + 1] != [source]:
      sources.append(source)
  taken = set(sources)
  return {i for i, name in enumerate(arguments) if name in taken}


def _is_chosen(
  branch: v1.NodeDef, producer: Callable[[str], v1.NodeDef | None]
) -> bool:
  """Whether it takes a run to know which branch is taken."""
  known: set[str] = set()
  left = [branch.input[0]]
  while left:
    maker = producer(left.pop())
    if maker is None:
      return True
    if maker.name in known or maker.op in ('Const', *_OF_SHAPE):
      continue
    known.add(maker.name)
    if maker.op in _BRANCHES:  # what constants choose may be a constant
      left.append(maker.input[0])
      continue
    sources = [source for source in maker.input if not source.startswith('^')]
    if not sources or maker.op in _NOT_FOLDED or ops.is_stateful(maker.op):
      return True
    left += sources
  return False


def _end_strictly(nodes: node_graph.NodeGraph) -> bool:
  """Lets who waits for a call wait for those of its results that are in use."""
  users = nodes.users()
  is_changed = False
  for node in nodes.of(*_CALLS):
    waiting = users.get(f'^{node.name}', ())
    for number, dtype in enumerate(node.attr['Tout'].list.type):
      result = f'{node.name}:{number}'
      if waiting and users.get(result):
        there = nodes.add_signal(node, number, dtype)
        for each in waiting:
          is_changed |= _wait(each, [there])
  return is_changed


def _wait(node: v1.NodeDef, names: Iterable[str]) -> bool:
  """Adds control edges to a node; returns whether it did not have them all."""
  wanted = dict.fromkeys(f'^{name}' for name in names)
  missing = [source for source in wanted if source not in node.input]
  node.input.extend(missing)
  return bool(missing)
