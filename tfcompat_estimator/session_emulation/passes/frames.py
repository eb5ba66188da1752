"""Tells in which loops of TF 1 the nodes of a graph are."""

import collections
from collections.abc import Mapping

import tensorflow as tf

from tfcompat_estimator.session_emulation.passes import node_graph

v1 = tf.compat.v1

ENTER = ('Enter', 'RefEnter')
EXIT = ('Exit', 'RefExit')


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
    enters = [node for node in nodes.values() if node.op in ENTER]
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
        if node.op in ENTER:
          inner = self.of[node.name]
          if self._around.get(inner) != frame:
            self._around[inner] = frame
            # What leaves the inner loop is in this one.
            waiting += [n for n, of in self.of.items() if of == inner]
          continue
        outside = self._around.get(frame, '')
        found = outside if node.op in EXIT else frame
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

  def all_around(self, name: str) -> list[str]:
    """The loops that a node is in, the innermost first."""
    found = []
    frame = self.of.get(name, '')
    while frame:
      found.append(frame)
      frame = self.around(frame)
    return found

  def depth(self, frame: str) -> int:
    """The number of loops that one is in, itself counted."""
    return 1 + self.depth(self.around(frame)) if frame else 0
