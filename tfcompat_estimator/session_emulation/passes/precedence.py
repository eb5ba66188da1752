"""Tells what writes come between a tensor and who takes it."""

import collections
from collections.abc import Callable, Collection, Mapping

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  node_graph,
  references,
)

v1 = tf.compat.v1

_ENTER = ('Enter', 'RefEnter')
_EXIT = ('Exit', 'RefExit')


class Frames:
  """In which loop the nodes of a graph are; '' is none.

  Attributes:
    of: From nodes that are in loops, or whose outputs are, to the name of the
      loop of their outputs.
    entrances: From the name of each loop to one of the nodes that lead into it.
  """

  def __init__(self, nodes: Mapping[str, v1.NodeDef]):
    self.of: dict[str, str] = {}
    self.entrances: dict[str, v1.NodeDef] = {}
    self._around: dict[str, str] = {}
    enters = [node for node in nodes.values() if node.op in _ENTER]
    if not enters:
      return
    following = collections.defaultdict(list)
    for node in nodes.values():
      for source in node.input:
        following[node_graph.node_name(source)].append(node)
    for node in enters:
      self.of[node.name] = node.attr['frame_name'].s.decode()
    waiting = list(self.of)
    while waiting:
      name = waiting.pop()
      frame = self.of[name]
      for node in following[name]:
        if node.op in _ENTER:
          inner = self.of[node.name]
          if self._around.get(inner) != frame:
            self._around[inner] = frame
            # What leaves the inner loop is in this one.
            waiting += [n for n, of in self.of.items() if of == inner]
          continue
        outside = self._around.get(frame, '')
        found = outside if node.op in _EXIT else frame
        if found and self.of.get(node.name) != found:
          self.of[node.name] = found
          waiting.append(node.name)
    for node in enters:
      frame = self.of[node.name]
      source = node_graph.node_name(node.input[0])
      if self.of.get(source, '') == self.around(frame):
        self.entrances.setdefault(frame, node)

  def around(self, frame: str) -> str:
    """The loop that a loop is in; '' if it is in none."""
    return self._around.get(frame, '')


class Writes:
  """The writes of a graph, and what is ordered before them and after them.

  A set of writers is a number, one bit for each.
  """

  def __init__(
    self, nodes: Mapping[str, v1.NodeDef], writers: Mapping[str, Collection]
  ):
    """Looks at all nodes.

    Args:
      nodes: The nodes of a graph by name.
      writers: From the nodes that write, to the variables that they write.
    """
    self._nodes = nodes
    self._bits = {name: 1 << number for number, name in enumerate(writers)}
    self._of: dict[str, int] = collections.defaultdict(int)
    for name, variables in writers.items():
      for variable in variables:
        self._of[variable] |= self._bits[name]
    self.frames = Frames(nodes)
    self._before = self._any_before()
    self._settled: dict[str, int] = {}
    self._ends: dict[str, list[str]] = {}  # of the iterations of loops
    self._guards: dict[str, int] = {}
    self._numbers: dict[str, int] = {}  # of what branches are chosen by
    self._excluded: dict[int, int] = {}

  def come_between(
    self, tensor: str, node: v1.NodeDef, variables: Collection[str]
  ) -> bool:
    """Whether one may write after a tensor is there, before a node takes it."""
    before = 0
    for source in node.input:
      is_control = source.startswith('^')
      if not is_control and (
        node.op in references.MERGING
        or node_graph.tensor_name(source) == tensor
      ):
        continue
      before |= self._until(self._before, node_graph.node_name(source))
    before &= sum(self._of[variable] for variable in variables)
    if not before:
      return False
    before &= ~self._settle(node_graph.node_name(tensor))
    before &= ~self._bits.get(node_graph.node_name(tensor), 0)
    if not before:
      return False
    guards = self._guards_of(tensor) | self._guard(node.name)
    return bool(before & ~self._exclude(guards))

  def is_in_branch(self, name: str) -> bool:
    """Whether a node may not run though it is needed."""
    return bool(self._guard(name))

  def may_be_missing(self, tensor: str) -> bool:
    """Whether a tensor may have no value though it is needed."""
    return bool(self._guards_of(tensor))

  def _until(self, before: Mapping[str, int], name: str) -> int:
    return before.get(name, 0) | self._bits.get(name, 0)

  def _any_before(self) -> dict[str, int]:
    """All that may come before a node, in an earlier iteration, too."""
    following: dict[str, list[str]] = collections.defaultdict(list)
    for node in self._nodes.values():
      for source in node.input:
        following[node_graph.node_name(source)].append(node.name)
    before: dict[str, int] = collections.defaultdict(int)
    waiting = collections.deque(self._bits)
    while waiting:
      name = waiting.popleft()
      bits = before[name] | self._bits.get(name, 0)
      for follower in following[name]:
        if bits & ~before[follower]:
          before[follower] |= bits
          waiting.append(follower)
    return before

  def _sources(self, name: str) -> list[str]:
    """What a node needs within an iteration."""
    node = self._nodes[name]
    sources = [source for source in node.input if self._is_forward(source)]
    return sources if node.op in references.MERGING else list(node.input)

  def _is_forward(self, source: str) -> bool:
    return self._nodes[node_graph.node_name(source)].op not in references.NEXT

  def _settle(self, name: str) -> int:
    """The writes that, if they run at all, ran before a node."""
    return self._backward(
      name,
      self._settled,
      self._settle_one,
      lambda each: [*self._sources(each), *self._iterations_before(each)],
    )

  def _settle_one(self, name: str) -> int:
    settled = 0
    ways = []
    for source in self._sources(name):
      bits = self._until(self._settled, node_graph.node_name(source))
      if self._nodes[name].op in references.MERGING and not source.startswith(
        '^'
      ):
        tensor = node_graph.tensor_name(source)
        ways.append(bits | self._exclude(self._guards_of(tensor)))
      else:
        settled |= bits
    while ways:
      common = ways.pop()
      for way in ways:
        common &= way
      ways.clear()
      settled |= common
    for end in self._iterations_before(name):
      settled |= self._until(self._settled, end)
    return settled

  def _iterations_before(self, name: str) -> list[str]:
    """What has ended each iteration of a loop before this node, if it is an exit."""
    if self._nodes[name].op not in _EXIT:
      return []
    if name in self._ends:
      return self._ends[name]
    frame = self.frames.of[node_graph.node_name(self._nodes[name].input[0])]
    seen = {name}
    waiting = [name]
    while waiting:
      node = self._nodes[waiting.pop()]
      if node.op in _ENTER and self.frames.of[node.name] == frame:
        continue
      sources = set(map(node_graph.node_name, node.input)) - seen
      seen |= sources
      waiting += sources
    self._ends[name] = [
      each
      for each in seen
      if self._nodes[each].op in references.NEXT
      and self.frames.of[each] == frame
    ]
    return self._ends[name]

  def _guard(self, name: str) -> int:
    """The branches that a node is in, two bits for each choice."""
    return self._backward(name, self._guards, self._guard_one, self._sources)

  def _guard_one(self, name: str) -> int:
    guards = 0
    ways = []
    for source in self._sources(name):
      if source.startswith('^'):
        guards |= self._guards[node_graph.node_name(source)]
      elif self._nodes[name].op in references.MERGING:
        ways.append(self._guards_of(node_graph.tensor_name(source)))
      else:
        guards |= self._guards_of(node_graph.tensor_name(source))
    while ways:
      common = ways.pop()
      for way in ways:
        common &= way
      ways.clear()
      guards |= common
    return guards

  def _guards_of(self, tensor: str) -> int:
    name, _, number = tensor.partition(':')
    guards = self._guard(name)
    node = self._nodes[name]
    # In a loop another iteration may choose another branch.
    if node.op in references.BRANCHING and name not in self.frames.of:
      guards |= 1 << (2 * self._choice(node) + int(number))
    return guards

  def _choice(self, switch: v1.NodeDef) -> int:
    """A number for what chooses the branch."""
    chosen_by = node_graph.tensor_name(switch.input[1])
    while True:
      node = self._nodes[node_graph.node_name(chosen_by)]
      if node.op != 'Identity':
        return self._numbers.setdefault(chosen_by, len(self._numbers))
      chosen_by = node_graph.tensor_name(node.input[0])

  def _exclude(self, guards: int) -> int:
    """The writers that do not run when these branches do."""
    if not guards:
      return 0
    if guards not in self._excluded:
      # Each choice has two bits: the other one of each.
      number = max(guards.bit_length(), 2)
      even = sum(1 << bit for bit in range(0, number + 1, 2))
      others = ((guards & even) << 1) | ((guards >> 1) & even)
      self._excluded[guards] = sum(
        bit for name, bit in self._bits.items() if self._guard(name) & others
      )
    return self._excluded[guards]

  def _backward(
    self,
    name: str,
    known: dict[str, int],
    compute: Callable[[str], int],
    sources: Callable[[str], list[str]],
  ) -> int:
    """Computes something of a node from that of its sources."""
    stack = [name]
    while stack:
      last = stack[-1]
      if last in known:
        stack.pop()
        continue
      missing = [
        source
        for source in map(node_graph.node_name, sources(last))
        if source not in known
      ]
      if missing:
        stack += missing
      else:
        known[last] = compute(last)
        stack.pop()
    return known[name]
