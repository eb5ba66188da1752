"""Tells errors at which batch they came up."""

from collections.abc import Callable

import tensorflow as tf

_END = (StopIteration, GeneratorExit, tf.errors.OutOfRangeError)
_PLACE = 'tfcompat_batch'
_GRAPH = 'tfcompat_graph'
_NAN = 'tfcompat_nan'


class Counted:
  """While this is open, errors are told the batch; those that end a run are not.

  Args:
    done: Returns how many batches went well.
  """

  def __init__(self, done: Callable[[], int]):
    self._done = done

  def __enter__(self) -> 'Counted':
    self._graph = tf.compat.v1.get_default_graph()
    return self

  def __exit__(
    self,
    kind: type[BaseException] | None,
    error: BaseException | None,
    trace: object,
  ) -> None:
    if error is None or isinstance(error, _END) or hasattr(error, _PLACE):
      return
    setattr(error, _PLACE, self._done() + 1)
    setattr(error, _GRAPH, self._graph)


def place_of(error: BaseException) -> str:
  """'In batch 3 of this call', or '' if the error was not told."""
  batch = getattr(error, _PLACE, None)
  return f'In batch {batch} of this call' if batch else ''


def graph_of(error: BaseException) -> tf.Graph | None:
  """The graph that an error came up in, as far as it is known."""
  operation = getattr(error, 'op', None)
  if operation is not None:
    return operation.graph
  return getattr(error, _GRAPH, None)


def explain_nan(error: BaseException, found: str) -> None:
  """Tells an error where NaN is in the input."""
  setattr(error, _NAN, found)


def nan_of(error: BaseException) -> str:
  """What `explain_nan` told the error, or ''."""
  return getattr(error, _NAN, '')
