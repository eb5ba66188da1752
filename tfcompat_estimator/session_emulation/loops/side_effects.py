"""Tells whether a run may be speculative: whether it has no side effect."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import ops
from tfcompat_estimator.session_emulation.passes import random_streams
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def may_run_early(
  session: emulated_session.EmulatedSession, fetches: Any
) -> bool:
  """True if `fetches` may run before they are asked for: nobody can tell.

  Args:
    session: The session that would run them.
    fetches: What `session.run` takes.
  """
  tensors = _tf.FetchHandler(session.graph, fetches, {}).fetches()
  snapshot = session.snapshot()
  if any(t.dtype.base_dtype in (tf.resource, tf.variant) for t in tensors):
    return False  # no values that could wait
  if snapshot.graph.get_collection(v1.GraphKeys.QUEUE_RUNNERS):
    return False
  used = snapshot.needed_by(tensors)
  if random_streams.stays_in_kernels(used, snapshot.library):
    return False
  functions = [n for f in snapshot.library.function for n in f.node_def]
  return not any(map(_has_side_effect, (*used, *functions))) and not any(
    map(_is_live, (*snapshot.nodes, *functions))
  )


def _has_side_effect(node: v1.NodeDef) -> bool:
  return ops.is_stateful(node.op) and not ops.has(node, ops.Is.NO_SIDE_EFFECT)


def _is_live(node: v1.NodeDef) -> bool:
  """True for Python code, which counts its calls, and for live input."""
  return ops.has(node, ops.Is.PYTHON) or (
    ops.makes_dataset_of_nothing(node.op)
    and not ops.has(node, ops.Is.STATIC_SOURCE)
  )
