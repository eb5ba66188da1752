"""Lets what comes after one result of a branch or loop come after the others.

    loss, seen = tf.cond(p, lambda: (f(x), tf.identity(w)), ...)
    update = w.assign(...)  # after loss

Nothing in the graph says that `seen` is read before the update. In a Session it is in
practice: what a branch reads waits for the choice only, the update for a result. So
who takes a result, and leads to a write of a variable that is read there, waits for
the other results that a run asks for.
"""

import collections
from collections.abc import Collection, Iterable, Iterator

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import (
  frames,
  graph_pass,
  node_graph,
  references,
)

v1 = tf.compat.v1

# The operations whose results are of one kind: those of TF 1's cond and while_loop
# are in one name scope.
_JOINING = (*references.MERGING, *frames.EXIT)
_INTO = (*references.BRANCHING, *frames.ENTER)
# Operations that call functions, and the attribute of the types of results.
_CALLS = {
  'Case': 'Tout',
  'If': 'Tout',
  'PartitionedCall': 'Tout',
  'StatefulPartitionedCall': 'Tout',
  'StatelessCase': 'Tout',
  'StatelessIf': 'Tout',
  'StatelessWhile': 'T',
  'While': 'T',
}


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Adds control edges from results to who takes other results."""
  if not nodes.of(*_CALLS, *_JOINING):
    return False
  return _JointResults(nodes, context.variables).apply()


class _JointResults:
  """Looks at one program."""

  def __init__(self, nodes: node_graph.NodeGraph, variables: Collection[str]):
    self._nodes = nodes
    self._variables = variables
    self._users = nodes.users()
    self._leading: dict[str, set[str]] = {}

  def apply(self) -> bool:
    is_changed = False
    for results in [*self._of_calls(), *self._of_graphs()]:
      for result in results:
        others = [r for r in results if r != result]
        for user in self._takers(result):
          is_changed |= self._wait(user, others, results)
    return is_changed

  def _wait(
    self,
    user: v1.NodeDef,
    others: Iterable[str],
    results: dict[str, set[str]],
  ) -> bool:
    """Lets a node wait for results that read what it leads to writes of."""
    is_changed = False
    for other in others:
      if any(
        user.name in self._leading_to(variable) for variable in results[other]
      ) and user.name not in self._ancestors(
        [node_graph.node_name(other)], earlier=False
      ):
        source = f'^{self._alive(other)}'
        if source not in user.input:
          user.input.append(source)
          is_changed = True
    return is_changed

  def _of_calls(self) -> Iterator[dict[str, set[str]]]:
    """The results in use of each call, and the variables that it takes."""
    for node in self._nodes.of(*_CALLS):
      taken = set(filter(None, map(self._variable, node.input)))
      count = len(node.attr[_CALLS[node.op]].list.type)
      names = [f'{node.name}:{number}' for number in range(count)]
      used = {name: taken for name in names if self._users.get(name)}
      if taken and len(used) > 1:
        yield used

  def _of_graphs(self) -> Iterator[dict[str, set[str]]]:
    """The same of TF 1's branches and loops."""
    found = collections.defaultdict(list)
    for node in self._nodes.of(*_JOINING):
      scope, _, name = node.name.rpartition('/')
      if name.startswith(node.op) and not any(map(self._is_next, node.input)):
        found[scope, node.op].append(node.name)
    for names in found.values():
      if len(names) > 1:
        results = {f'{name}:0': self._read_inside(name) for name in names}
        if any(results.values()):
          yield results

  def _read_inside(self, name: str) -> set[str]:
    """The variables that branches or loops read for a result."""
    is_loop = self._nodes[name].op in frames.EXIT
    into = _INTO if is_loop else references.BRANCHING
    found: set[str | None] = set()
    for each in self._ancestors([name], is_loop):
      node = self._nodes[each]
      if ops.has(node, ops.Is.READ) or node.op in _CALLS:
        makers = map(self._nodes.producer, node.input)
        found.update(
          self._variable(source)
          for source, maker in zip(node.input, makers, strict=True)
          if maker is not None and maker.op in into
        )
    return {name for name in found if name is not None}

  def _is_next(self, source: str) -> bool:
    """Whether it comes from the iteration before."""
    node = self._nodes.producer(source)
    return node is not None and node.op in references.NEXT

  def _variable(self, source: str) -> str | None:
    """The variable whose handle it is, if it is one."""
    while not source.startswith('^'):
      name = node_graph.node_name(source)
      if name in self._variables:
        return name
      node = self._nodes.producer(source)
      if node is None or not (node.op in _INTO or node.op == 'Identity'):
        break
      source = node.input[0]
    return None

  def _takers(self, result: str) -> list[v1.NodeDef]:
    """Who takes a result, or waits for it, and runs where it does."""
    name = node_graph.node_name(result)
    users = list(self._users.get(result, ()))
    if self._nodes[name].op in _JOINING:
      users += self._users.get(f'^{name}', ())
    return [
      user
      for user in users
      if user.op not in references.MERGING and user.op not in references.NEXT
    ]

  def _leading_to(self, variable: str) -> set[str]:
    """The nodes that some write of a variable needs."""
    if variable not in self._leading:
      self._leading[variable] = self._ancestors(
        node.name
        for node in self._nodes.nodes
        if not ops.has(node, ops.Is.READ)
        and node.op not in (*_INTO, 'Identity')
        and any(self._variable(source) == variable for source in node.input)
      )
    return self._leading[variable]

  def _ancestors(self, names: Iterable[str], earlier: bool = True) -> set[str]:
    """All that nodes need, they included, and what earlier iterations need."""
    waiting = list(names)
    found = set(waiting)
    while waiting:
      for source in self._nodes[waiting.pop()].input:
        name = node_graph.node_name(source)
        if (
          name in self._nodes
          and name not in found
          and (earlier or not self._is_next(source))
        ):
          found.add(name)
          waiting.append(name)
    return found

  def _alive(self, result: str) -> str:
    """A node that runs when a result is there."""
    node = self._nodes[node_graph.node_name(result)]
    if node.op in _JOINING:
      return node.name
    number = int(result.partition(':')[2])
    name = f'{node.name}/joint_{number}'
    if name not in self._nodes:
      identity = self._nodes.add(name, 'Identity', [result], node.device)
      identity.attr['T'].type = node.attr[_CALLS[node.op]].list.type[number]
    return name
