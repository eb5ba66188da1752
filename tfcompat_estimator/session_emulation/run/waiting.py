"""Lets a small program wait for its input in the thread that runs it.

TensorFlow hands `IteratorGetNext` to a thread of its own, and what follows to
others, which takes as long as half a step of a small model.
`IteratorGetNextSync` does the same work in place. But while it waits, one of the
threads that run operations is blocked, and the functions of a dataset run in
these threads, too. If all of them waited, nothing would ever come. So no more
sessions wait so than leave one thread free, and each of them for one input at a
time.
"""

import os
import threading
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import devices
from tfcompat_estimator.session_emulation import ops

v1 = tf.compat.v1

# A larger program gains from several threads that begin with an input each.
_MOST_NODES = 256
_READ = 'IteratorGetNext'


class Seats:
  """How many sessions may keep a thread waiting."""

  def __init__(self) -> None:
    self._taken = 0
    self._lock = threading.Lock()

  def take(self) -> bool:
    """Whether there was one left."""
    with self._lock:
      if self._taken + 1 >= _threads():
        return False
      self._taken += 1
      return True

  def give_back(self) -> None:
    """Lets another session have it."""
    with self._lock:
      self._taken -= 1


_seats = Seats()


def _threads() -> int:
  """How many threads run the operations of functions."""
  return (
    tf.config.threading.get_inter_op_parallelism_threads()
    or int(os.environ.get('TF_NUM_INTEROP_THREADS') or 0)
    or _processors()
  )


def _processors() -> int:
  if hasattr(os, 'sched_getaffinity'):
    return len(os.sched_getaffinity(0))
  return os.cpu_count() or 1


class Waiting:
  """The programs of one session that wait in place.

  Attributes:
    turn: To be held during a call of such a program.
  """

  def __init__(self, seats: Seats = _seats):
    self._seats = seats
    self._has_seat = False
    self.turn = threading.Lock()

  def use(self, graph_def: v1.GraphDef, graph: tf.Graph) -> bool:
    """Lets a program wait in place, if it may and gains from it.

    Args:
      graph_def: Its nodes, changed in place.
      graph: Where it is from.

    Returns:
      Whether it does now.
    """
    if not _may_wait(graph_def.node, graph):
      return False
    if not self._has_seat:
      self._has_seat = self._seats.take()
    if not self._has_seat:
      return False
    for node in graph_def.node:
      if node.op == _READ:
        node.op = _READ + 'Sync'
    return True

  def end(self) -> None:
    """Says that none of them is run any more."""
    if self._has_seat:
      self._has_seat = False
      self._seats.give_back()


def _may_wait(nodes: Sequence[Any], graph: tf.Graph) -> bool:
  """True for a small program with one input, which nothing else reads."""
  return (
    len(nodes) <= _MOST_NODES
    and sum(node.op == _READ for node in nodes) == 1
    # It could run something of the session itself, and wait for its turn.
    and not any(ops.has(node, ops.Is.PYTHON) for node in nodes)
    and not graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS)
    and not devices.is_in_cluster()
  )
