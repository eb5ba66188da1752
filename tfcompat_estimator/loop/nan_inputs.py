"""Looks for the example that has NaN, after a training has met one."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.errors import batches, notes
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.session_emulation.loops import side_effects
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_MOST_SECONDS = 5.0
_NAN_IN_SUMMARY = 'nan in summary'  # histograms refuse it


@contextlib.contextmanager
def told(
  scaffold: v1.train.Scaffold,
  hooks: Sequence[Any],
  clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
  """While this is open, errors of NaN are told which of the inputs has it.

  After such an error the input of the default graph is read again, where nobody
  can notice: by operations of tf.data without Python code, for seconds at most.

  Args:
    scaffold: Of the model, finalized by then.
    hooks: All hooks; those that start the input are among them.
    clock: Tells the time, in seconds.
  """
  graph = v1.get_default_graph()
  try:
    yield
  except (
    v1.train.NanLossDuringTrainingError,
    tf.errors.InvalidArgumentError,
  ) as error:
    if _NAN_IN_SUMMARY in getattr(error, 'message', _NAN_IN_SUMMARY).lower():
      # Whatever goes wrong here must not hide the error itself.
      with contextlib.suppress(Exception), graph.as_default():
        found = _find(graph, scaffold, hooks, clock)
        if found:
          batches.explain_nan(error, found)
    raise


def _find(
  graph: tf.Graph,
  scaffold: v1.train.Scaffold,
  hooks: Sequence[Any],
  clock: Callable[[], float],
) -> str | None:
  names = {
    name: what
    for name, what in notes.of(graph).inputs.items()
    if graph.get_tensor_by_name(name).dtype.is_floating
  }
  tensors = [graph.get_tensor_by_name(name) for name in names]
  starters = [
    hook
    for hook in hooks
    if isinstance(hook, input_call.DatasetInitializerHook)
  ]
  end = clock() + _MOST_SECONDS
  with emulated_session.EmulatedSession(graph) as session:
    if not starters or not side_effects.may_run_early(session, tensors):
      return None
    session.run(scaffold.local_init_op)
    for hook in starters:
      hook.after_create_session(session, None)
    batch = 0
    while clock() < end:
      batch += 1
      values = session.run(tensors)
      for what, value in zip(names.values(), values, strict=True):
        wrong = ~np.isfinite(value)
        if wrong.any():
          place = [int(index) for index in np.argwhere(wrong)[0]]
          return _sentence(what, value[tuple(place)], place[:1], batch)
  return None


def _sentence(what: str, value: Any, place: Sequence[int], batch: int) -> str:
  at = f' at position {place[0]}' if place else ''
  has = 'have' if what.startswith('the ') else 'has'
  return f'{what[0].upper()}{what[1:]} {has} {value}{at} of batch {batch}'
