"""Tells what writes come between a tensor and who takes it."""

import collections
import functools
import operator
from collections.abc import Callable, Collection, Mapping

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import (
  frames,
  node_graph,
  references,
)

v1 = tf.compat.v1


class Writes:
  """The writes of a graph, and what is ordered before them and after them.

  A set of writers is an integer with one bit for each writer. As many further bits
  follow for each depth of loops: they stand for what the writers wrote in an earlier
  iteration of a loop of that depth that they share with the node that is asked about.
  """

  def __init__(
    self,
    nodes: Mapping[str, v1.NodeDef],
    writers: Mapping[str, Collection],
    shown: Collection[str] = (),
    fed: Collection[str] = (),
  ):
    """Looks at all nodes.

    Args:
      nodes: The nodes of a graph by name.
      writers: From the nodes that write, to the variables that they write.
      shown: The tensors whose values may change.
      fed: The tensors that are there before anything runs.
    """
    self._nodes = nodes
    self._shown = shown
    self._fed = fed
    self._bits = {name: 1 << number for number, name in enumerate(writers)}
    self._all = (1 << len(writers)) - 1
    self._of: dict[str, int] = collections.defaultdict(int)
    for name, variables in writers.items():
      for variable in variables:
        self._of[variable] |= self._bits[name]
    self.frames = frames.Frames(nodes)
    self._depth = max(map(self.frames.depth, self.frames.entrances), default=0)
    self._within: dict[str, int] = collections.defaultdict(int)
    for name, bit in self._bits.items():
      for frame in self.frames.all_around(name):
        self._within[frame] |= bit
    self._before = self._any_before()
    self._settled: dict[str, int] = {}
    self._settled_earlier: dict[str, int] = {}
    self._ends: dict[str, list[str]] = {}  # of the iterations of loops
    self._guards: dict[str, int] = {}
    # Of what branches are chosen by: a tensor, and what it is taken after.
    self._numbers: dict[tuple[str, frozenset[str]], int] = {}
    self._lasting = 0  # the bits of choices that no iteration makes anew
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
      before |= self._until(self._before, source)
    name = node_graph.node_name(tensor)
    if self._nodes[name].op in frames.ENTER:
      # It is there before all iterations, and is taken in each: no edge need lead
      # from what one of them writes to the next one.
      frame = self.frames.of[name]
      before |= self._earlier(self._within[frame], frame)
    before &= self._each(sum(self._of[variable] for variable in variables))
    if not before:
      return False
    before &= ~self._settle(name) & ~self._each(self._bits.get(name, 0))
    if before > self._all:
      before &= ~self._settle_earlier(name)
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

  def _each(self, bits: int) -> int:
    """Writers in this iteration, and in earlier ones."""
    count = len(self._bits)
    return sum(bits << (depth * count) for depth in range(self._depth + 1))

  def follow_writes(self) -> set[str]:
    """The nodes that a write comes before, and those that write."""
    return self._before.keys() | self._bits.keys()

  def _until(self, before: Mapping[str, int], source: str) -> int:
    """What is before an input of a node, or is it."""
    if self._is_fed(source):
      return 0
    name = node_graph.node_name(source)
    return before.get(name, 0) | self._bits.get(name, 0)

  def _is_fed(self, source: str) -> bool:
    return not source.startswith('^') and (
      node_graph.tensor_name(source) in self._fed
    )

  def _any_before(self) -> dict[str, int]:
    """All that may come before a node, in an earlier iteration, too."""
    following: dict[str, list[str]] = collections.defaultdict(list)
    for node in self._nodes.values():
      for source in node.input:
        if not self._is_fed(source):
          following[node_graph.node_name(source)].append(node.name)
    before: dict[str, int] = collections.defaultdict(int)
    waiting = collections.deque(self._bits)
    while waiting:
      name = waiting.popleft()
      bits = before[name] | self._bits.get(name, 0)
      if self._nodes[name].op in references.NEXT:
        bits = self._iteration_later(bits, self.frames.of[name])
      for follower in following[name]:
        more = bits
        if self._nodes[follower].op in frames.EXIT:
          more = self._outside(bits, self.frames.of.get(name, ''))
        if more & ~before[follower]:
          before[follower] |= more
          waiting.append(follower)
    return before

  def _iteration_later(self, bits: int, frame: str) -> int:
    """What was in this iteration of a loop, and is now in an earlier one."""
    ended = bits & self._within[frame]
    return bits & ~ended | self._earlier(ended, frame)

  def _earlier(self, bits: int, frame: str) -> int:
    return bits << (self.frames.depth(frame) * len(self._bits))

  def _outside(self, bits: int, frame: str) -> int:
    """What was in any iteration of a loop is before all that comes after it."""
    if not frame:
      return bits
    inside = bits & self._earlier(self._all, frame)
    return bits & ~inside | inside >> (
      self.frames.depth(frame) * len(self._bits)
    )

  def _sources(self, name: str) -> list[str]:
    """What a node needs within an iteration."""
    node = self._nodes[name]
    sources = [source for source in node.input if self._is_forward(source)]
    return sources if node.op in references.MERGING else list(node.input)

  def _is_forward(self, source: str) -> bool:
    return self._nodes[node_graph.node_name(source)].op not in references.NEXT

  def _settle(self, name: str) -> int:
    """The writes that, if they run in this iteration, ran before a node."""
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
      bits = self._until(self._settled, source)
      if self._nodes[name].op in references.MERGING and not source.startswith(
        '^'
      ):
        tensor = node_graph.tensor_name(source)
        excluded = self._exclude(self._guards_of(tensor)) & self._all
        ways.append(bits | excluded)
      else:
        settled |= bits
    while ways:
      common = ways.pop()
      for way in ways:
        common &= way
      ways.clear()
      settled |= common
    for end in self._iterations_before(name):
      settled |= self._until(self._settled, f'^{end}')
    return settled

  def _settle_earlier(self, name: str) -> int:
    """The writes that, if they ran in an earlier iteration, ran before a node."""
    return self._backward(
      name, self._settled_earlier, self._settle_earlier_one, self._sources
    )

  def _settle_earlier_one(self, name: str) -> int:
    settled = 0
    ways = []
    node = self._nodes[name]
    for source in self._sources(name):
      bits = 0
      if not self._is_fed(source):
        bits = self._settled_earlier[node_graph.node_name(source)]
      if node.op in references.MERGING and not source.startswith('^'):
        guards = self._guards_of(node_graph.tensor_name(source))
        ways.append(bits | self._exclude(guards) & ~self._all)
      else:
        settled |= bits
    settled |= functools.reduce(operator.and_, ways) if ways else 0
    for source in node.input:
      if not self._is_forward(source):  # here an iteration begins
        before = self._settle(node_graph.node_name(source))
        frame = self.frames.of[name]
        settled |= self._earlier(before & self._within[frame], frame)
    if node.op in frames.EXIT:
      frame = self.frames.of[node_graph.node_name(node.input[0])]
      settled &= ~self._earlier(self._all, frame)
    return settled

  def _iterations_before(self, name: str) -> list[str]:
    """What has ended each iteration of a loop before this node, if it is an exit."""
    if self._nodes[name].op not in frames.EXIT:
      return []
    if name in self._ends:
      return self._ends[name]
    frame = self.frames.of[node_graph.node_name(self._nodes[name].input[0])]
    seen = {name}
    waiting = [name]
    while waiting:
      node = self._nodes[waiting.pop()]
      if node.op in frames.ENTER and self.frames.of[node.name] == frame:
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
    if tensor in self._fed:
      return 0
    name, _, number = tensor.partition(':')
    guards = self._guard(name)
    node = self._nodes[name]
    if node.op in references.BRANCHING:
      choice = self._choice(node)
      if choice is not None:
        guards |= 1 << (2 * choice + int(number))
    return guards

  def _choice(self, switch: v1.NodeDef) -> int | None:
    """A number for what chooses the branch; None: whether a loop goes on."""
    taker, tensor = switch, node_graph.tensor_name(switch.input[1])
    after: set[str] = set()
    while True:
      if tensor in self._shown:
        # What chooses here is the value that there is then.
        after.update(source for source in taker.input if source[0] == '^')
      node = self._nodes[node_graph.node_name(tensor)]
      if node.op == 'LoopCond':
        return None
      if node.op != 'Identity' or self._reads(node) or tensor in self._fed:
        break
      taker, tensor = node, node_graph.tensor_name(node.input[0])
    key = (tensor, frozenset(after))
    number = self._numbers.setdefault(key, len(self._numbers))
    if switch.name not in self.frames.of:
      self._lasting |= 0b11 << (2 * number)
    return number

  def _reads(self, identity: v1.NodeDef) -> bool:
    """Whether an identity is one of a reference."""
    name, _, number = node_graph.tensor_name(identity.input[0]).partition(':')
    return int(number) in references.ends(self._nodes[name]).given

  def _exclude(self, guards: int) -> int:
    """The writers that do not run when these branches do."""
    if not guards:
      return 0
    if guards not in self._excluded:
      self._excluded[guards] = self._excluded_by(guards)
      if self._depth:
        # Another iteration may choose another branch.
        earlier = self._each(self._excluded_by(guards & self._lasting))
        self._excluded[guards] |= earlier & ~self._all
    return self._excluded[guards]

  def _excluded_by(self, guards: int) -> int:
    # Each choice has two bits: the other one of each.
    number = max(guards.bit_length(), 2)
    even = sum(1 << bit for bit in range(0, number + 1, 2))
    others = ((guards & even) << 1) | ((guards >> 1) & even)
    return sum(
      bit for name, bit in self._bits.items() if self._guard(name) & others
    )

  def _backward(
    self,
    name: str,
    known: dict[str, int],
    compute: Callable[[str], int],
    sources: Callable[[str], list[str]],
  ) -> int:
    """Computes something of a node from that of its sources.

    In a circle, such as a loop that waits for what comes after it, nothing is known.
    """
    stack = [name]
    begun = set()
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
      if missing and last in begun:
        known.update(dict.fromkeys(missing, 0))
      elif missing:
        begun.add(last)
        stack += missing
      else:
        known[last] = compute(last)
        stack.pop()
    return known[name]
