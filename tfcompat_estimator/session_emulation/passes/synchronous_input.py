"""Reads the input of a small program synchronously, in the thread that runs it.

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

import tensorflow as tf

from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import graph_pass, node_graph

v1 = tf.compat.v1

# A larger program gains from several threads that begin with an input each.
_MOST_NODES = 256
_READ = 'IteratorGetNext'


class Permits:
  """A semaphore: how many sessions may keep a thread waiting."""

  def __init__(self) -> None:
    self._taken = 0
    self._lock = threading.Lock()

  def acquire(self) -> bool:
    """Whether there was one left; not waited for."""
    with self._lock:
      if self._taken + 1 >= _threads():
        return False
      self._taken += 1
      return True

  def release(self) -> None:
    """Lets another session have it."""
    with self._lock:
      self._taken -= 1


_permits = Permits()


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


class SessionPermit:
  """The permit of one session, for all of its programs.

  Attributes:
    turn: To be held during a call of such a program.
  """

  def __init__(self, permits: Permits = _permits):
    self._permits = permits
    self._is_held = False
    self.turn = threading.Lock()

  def acquire(self) -> bool:
    """Whether the session has it now."""
    self._is_held = self._is_held or self._permits.acquire()
    return self._is_held

  def release(self) -> None:
    """Says that no such program is run any more."""
    if self._is_held:
      self._is_held = False
      self._permits.release()


def apply(nodes: node_graph.NodeGraph, context: graph_pass.Context) -> bool:
  """Lets a program wait in place, if it may and gains from it."""
  if not _may_wait(nodes, context.graph):
    return False
  if context.permit is None or not context.permit.acquire():
    context.refused = True
    return False
  for node in nodes.of(_READ):
    node.op = _READ + 'Sync'
  context.waits = True
  return True


def _may_wait(nodes: node_graph.NodeGraph, graph: tf.Graph) -> bool:
  """True for a small program with one input, which nothing else reads."""
  return (
    len(nodes) <= _MOST_NODES
    and len(nodes.of(_READ)) == 1
    # It could run something of the session itself, and wait for its turn.
    and not any(ops.has(node, ops.Is.PYTHON) for node in nodes.nodes)
    and not graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS)
  )
