"""Says what is known at a place of a program, and what comes before what."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Value:
  """What a name stands for.

  Attributes:
    name: The name.
    type: A key of rows.TYPES; empty if it is to be run only.
    live: The variables that whoever takes it reads.
    shows: Variables of TF 1's first kind whose buffer it may be: what is written
      there later may show or not, so nobody takes it after that.
  """

  name: str
  type: str
  live: frozenset[str] = frozenset()
  shows: frozenset[str] = frozenset()

  @property
  def touches(self):
    return self.live | self.shows


class Scope:
  """What is known in a block while it is drawn."""

  def __init__(self, outer=None, in_function=False):
    self.outer = outer
    self.depth = outer.depth + 1 if outer else 0
    self.in_function = in_function or bool(outer and outer.in_function)
    self.values = []
    self.statements = []
    # From resources to all results of the last statement that writes them, and of
    # those that have read them since: each result of a branch, a loop or a call is
    # there by itself, so who waits for one of them races with what the others read.
    self.writer = {}
    self.readers = {}
    self.needs = set()
    self.reads = set()
    self.writes = set()

  def visible(self):
    """Newest first."""
    scope = self
    while scope is not None:
      yield from reversed(scope.values)
      scope = scope.outer

  def waits(self, reads, writes):
    """What comes before a statement with these effects."""
    names = [n for r in reads | writes for n in self.writer.get(r, ())]
    names += [n for r in writes for n in self.readers.get(r, ())]
    return tuple(sorted(set(names), key=number))

  def ends(self, repeats):
    """What the results of a block wait for: the last writes, and the reads after
    them if the block is a loop's, whose next iteration writes again.
    """
    names = {n for r in self.writes for n in self.writer.get(r, ())}
    if repeats:
      names |= {n for r in self.writes for n in self.readers.get(r, ())}
    return tuple(sorted(names, key=number))

  def note(self, names, needs, reads, writes):
    """Adds the effects of a statement."""
    for resource in writes:
      self.writer[resource] = names
      self.readers[resource] = []
    for resource in reads - writes:
      self.readers.setdefault(resource, []).extend(names)
    self.needs |= needs
    self.reads |= reads
    self.writes |= writes

  def forget(self, written):
    """Nobody takes what may show or may not show what was written."""
    scope = self
    while scope is not None:
      scope.values = [v for v in scope.values if not v.shows & written]
      scope = scope.outer


def number(name):
  """Names are numbered in the order in which they are drawn."""
  return int(name.lstrip('abcdefghijklmnopqrstuvwxyz_'))


def touched(taken):
  """The variables that one reads who takes some values."""
  return frozenset().union(*(v.touches for v in taken))


def closure(statements, names):
  """The statements that run if some names are fetched."""
  found, wanted = [], set(names)
  for statement in reversed(statements):
    if wanted & set(statement.names):
      found.append(statement)
      wanted |= statement.needs | set(statement.waits)
  return found
