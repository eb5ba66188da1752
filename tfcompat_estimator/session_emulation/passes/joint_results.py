"""Lets what comes after one result of a branch or loop come after the others.

    loss, seen = tf.cond(p, lambda: (f(x), tf.identity(w)), ...)
    update = w.assign(...)  # after loss

Nothing in the graph says that `seen` is read before the update. In a Session it is in
practice: what a branch reads waits for the choice only, the update for a result. So
who takes a result, and leads to a write of a variable that is read there, waits for
the other results that a run asks for, unless that write comes after them as it is.
"""

import collections
import functools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

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


# What may have results before all is there that it takes.
_EARLY = (
  *references.MERGING,
  *references.NEXT,
  *(op for op in _CALLS if 'PartitionedCall' not in op),
)


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Adds control edges from results to who takes other results."""
  if not nodes.of(*_CALLS, *_JOINING):
    return False
  return _JointResults(nodes, context.variables).apply()


class _Result(NamedTuple):
  """A result in use, the tensor `name`, and the variables read for it, as bits."""

  name: str
  read: int


class _JointResults:
  """Looks at one program. Sets are numbers, with a bit for each member."""

  def __init__(self, nodes: node_graph.NodeGraph, variables: Collection[str]):
    self._nodes = nodes
    self._users = nodes.users()
    self._bits = {name: 1 << number for number, name in enumerate(variables)}
    self._needs: dict[str, set[str]] = {}

  def apply(self) -> bool:
    groups = [*self._of_calls(), *self._of_graphs()]
    results = [result for group in groups for result in group]
    bits = {result.name: 1 << n for n, result in enumerate(results)}
    after = self._after(bits)
    needed = self._needed(results, bits, after)
    is_changed = False
    for group in groups if needed else ():
      together = sum(bits[result.name] for result in group)
      for result in group:
        for user in self._takers(result.name):
          missing = needed[user.name] & together & ~after[user.name]
          if missing and user.name not in self._nodes.signals:
            others = [r.name for r in group if missing & bits[r.name]]
            is_changed |= self._wait(user, others)
    return is_changed

  def _needed(
    self,
    results: Iterable[_Result],
    bits: Mapping[str, int],
    after: Mapping[str, int],
  ) -> dict[str, int]:
    """From nodes to the results that writes which they lead to should wait for."""
    reading: dict[int, int] = collections.defaultdict(int)
    for result in results:
      reading[result.read] |= bits[result.name]
    needed: dict[str, int] = collections.defaultdict(int)
    for name, written in self._writes().items():
      for read, those in reading.items():
        if written & read:
          needed[name] |= those & ~after[name]
    if not any(needed.values()):
      return {}
    sources = {
      node.name: list(map(node_graph.node_name, node.input))
      for node in self._nodes.nodes
    }
    _spread(needed, sources)
    return needed

  def _after(self, bits: Mapping[str, int]) -> dict[str, int]:
    """The results that nodes come after for sure."""
    after: dict[str, int] = collections.defaultdict(int)
    for name in bits:
      for user in self._takers(name):
        if user.op not in _EARLY:
          after[user.name] |= bits[name]
    _spread(after, self._followers(without=_EARLY))
    return after

  def _writes(self) -> dict[str, int]:
    """The nodes that may write, and which variables."""
    found = {}
    for node in self._nodes.nodes:
      if not ops.has(node, ops.Is.READ) and node.op not in (*_INTO, 'Identity'):
        written = self._of(node.input)
        if written:
          found[node.name] = written
    return found

  def _wait(self, user: v1.NodeDef, others: Iterable[str]) -> bool:
    """Lets a node wait for results that do not need it."""
    sources = [
      f'^{self._alive(other)}'
      for other in others
      if user.name not in self._before(node_graph.node_name(other))
    ]
    new = [source for source in sources if source not in user.input]
    user.input.extend(new)
    if new:
      self._needs.clear()  # of what waits for the user there is more now
    return bool(new)

  def _of_calls(self) -> Iterator[list[_Result]]:
    """The results of each call that takes variables."""
    for node in self._nodes.of(*_CALLS):
      taken = self._of(node.input)
      count = len(node.attr[_CALLS[node.op]].list.type)
      names = [f'{node.name}:{number}' for number in range(count)]
      used = [_Result(name, taken) for name in names if self._users.get(name)]
      if taken and len(used) > 1:
        yield used

  def _of_graphs(self) -> Iterator[list[_Result]]:
    """The same of TF 1's branches and loops."""
    found = collections.defaultdict(list)
    for node in self._nodes.of(*_JOINING):
      scope, _, name = node.name.rpartition('/')
      if name.startswith(node.op) and not any(map(self._is_next, node.input)):
        found[scope, node.op].append(node.name)
    for (_, op), names in found.items():
      if len(names) > 1:
        read = self._read_in_loops if op in frames.EXIT else self._read
        if any(read[name] for name in names):
          yield [_Result(f'{name}:0', read[name]) for name in names]

  @functools.cached_property
  def _read(self) -> Mapping[str, int]:
    """From nodes to the variables that branches read for them."""
    return self._read_inside(references.BRANCHING, references.NEXT)

  @functools.cached_property
  def _read_in_loops(self) -> Mapping[str, int]:
    """The same of loops, in any iteration."""
    return self._read_inside(_INTO, ())

  def _read_inside(
    self, into: Collection[str], without: Collection[str]
  ) -> Mapping[str, int]:
    found: dict[str, int] = collections.defaultdict(int)
    for node in self._nodes.nodes:
      if ops.has(node, ops.Is.READ) or node.op in _CALLS:
        makers = ((s, self._nodes.producer(s)) for s in node.input)
        inside = [
          s for s, made in makers if made is not None and made.op in into
        ]
        if read := self._of(inside):
          found[node.name] = read
    _spread(found, self._followers(without))
    return found

  def _followers(self, without: Collection[str]) -> Mapping[str, list[str]]:
    """From nodes to who takes them, but for these types."""
    found = collections.defaultdict(list)
    for node in self._nodes.nodes:
      if node.op not in without:
        for source in node.input:
          found[node_graph.node_name(source)].append(node.name)
    return found

  def _is_next(self, source: str) -> bool:
    """Whether it comes from the iteration before."""
    node = self._nodes.producer(source)
    return node is not None and node.op in references.NEXT

  def _of(self, sources: Iterable[str]) -> int:
    """The variables whose handles are among some inputs."""
    found = 0
    for source in sources:
      found |= self._bits.get(self._variable(source), 0)
    return found

  def _variable(self, source: str) -> str:
    """The variable whose handle it is, if it is one."""
    while not source.startswith('^'):
      name = node_graph.node_name(source)
      if name in self._bits:
        return name
      node = self._nodes.producer(source)
      if node is None or not (node.op in _INTO or node.op == 'Identity'):
        break
      source = node.input[0]
    return ''

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

  def _before(self, name: str) -> set[str]:
    """All that a node needs in an iteration as the graph is now, it included."""
    if name in self._needs:
      return self._needs[name]
    waiting = [name]
    found = {name}
    while waiting:
      for source in self._nodes[waiting.pop()].input:
        needed = node_graph.node_name(source)
        if (
          needed in self._nodes
          and needed not in found
          and not self._is_next(source)
        ):
          found.add(needed)
          waiting.append(needed)
    self._needs[name] = found
    return found

  def _alive(self, result: str) -> str:
    """A node that runs when a result is there."""
    node = self._nodes[node_graph.node_name(result)]
    if node.op in _JOINING:
      return node.name
    number = int(result.partition(':')[2])
    dtype = node.attr[_CALLS[node.op]].list.type[number]
    return self._nodes.add_signal(node, number, dtype)


def _spread(bits: dict[str, int], to: Mapping[str, Iterable[str]]) -> None:
  """Gives nodes the bits of those that lead to them, over any number of steps."""
  waiting = collections.deque(bits)
  while waiting:
    name = waiting.popleft()
    for other in to.get(name, ()):
      if bits[name] & ~bits[other]:
        bits[other] |= bits[name]
        waiting.append(other)
