"""Finds what in a session is not initialized."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.session_emulation import components
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


class Readiness:
  """What a Scaffold's two ready_ops say of a session.

  The default ones name the variables without a value. They are asked for one
  by one: a function would take longer to build than training to start. So the
  hundred operations of each are not even made, where nothing else needs them.

  Args:
    scaffold: Before it is finalized, when only the user's ops are in it.
  """

  def __init__(self, scaffold: v1.train.Scaffold):
    self._scaffold = scaffold
    self._asks_all = _is_default(scaffold.ready_op, v1.GraphKeys.READY_OP)
    self._asks_global = _is_default(
      scaffold.ready_for_local_init_op,
      v1.GraphKeys.READY_FOR_LOCAL_INIT_OP,
    )

  def finalize(self) -> None:
    """Finalizes the scaffold, in its graph."""
    graph = v1.get_default_graph()
    keys = v1.GraphKeys
    if not graph.finalized and not _others(graph) and _have_handles(graph):
      nothing = None
      for is_default, key in (
        (self._asks_all, keys.READY_OP),
        (self._asks_global, keys.READY_FOR_LOCAL_INIT_OP),
      ):
        if is_default and not graph.get_collection(key):
          if nothing is None:
            nothing = tf.constant([], tf.string, name='nothing_uninitialized')
          graph.add_to_collection(key, nothing)
    self._scaffold.finalize()

  def before_local_init(
    self, session: emulated_session.EmulatedSession
  ) -> str | None:
    """Why local_init_op must not run yet; None if it may."""
    op = self._scaffold.ready_for_local_init_op
    if self._asks_global:
      return _missing(session, op, v1.global_variables)
    return _said_by(session, op)

  def after_init(self, session: emulated_session.EmulatedSession) -> str | None:
    """Why the model is not ready; None if it is."""
    op = self._scaffold.ready_op
    if self._asks_all:
      return _missing(
        session, op, lambda: [*v1.global_variables(), *v1.local_variables()]
      )
    return _said_by(session, op)


def _is_default(op: Any, collection: str) -> bool:
  """True if finalizing the scaffold will choose the default for `op`."""
  return op is None and not v1.get_collection(collection)


def _missing(
  session: emulated_session.EmulatedSession,
  ready_op: tf.Tensor,
  variables: Callable[[], Sequence[Any]],
) -> str | None:
  with session.graph.as_default():
    more = _others(session.graph)
    names = None if more else session.uninitialized(variables())
  # Resources and TF 1's first kind of variables only the graph knows about.
  return _said_by(session, ready_op) if names is None else _line(names)


def _others(graph: tf.Graph) -> list[Any]:
  """Resources that are to be initialized and are no variables."""
  keys = v1.GraphKeys
  return [
    *graph.get_collection(keys.RESOURCES),
    *graph.get_collection(keys.LOCAL_RESOURCES),
  ]


def _have_handles(graph: tf.Graph) -> bool:
  """Whether all variables are resources, which can be asked for."""
  with graph.as_default():
    variables = [*v1.global_variables(), *v1.local_variables()]
  return all(
    isinstance(part, tf.Variable) and hasattr(part, 'handle')
    for each in variables
    for part in components.of(each)
  )


def _said_by(
  session: emulated_session.EmulatedSession, ready_op: Any
) -> str | None:
  if ready_op is None:
    return None
  try:
    names = session.run(ready_op)
  except tf.errors.FailedPreconditionError as error:
    name = getattr(ready_op, 'name', str(ready_op))
    return f'{name} failed: {error.message}'
  if names is None or np.size(names) == 0:
    return None
  return _line([tf.compat.as_str_any(name) for name in np.ravel(names)])


def _line(names: Sequence[str]) -> str | None:
  return f'Variables not initialized: {", ".join(names)}.' if names else None
