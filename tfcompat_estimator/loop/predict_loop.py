"""Predicts: runs the model batch by batch, as the caller asks for more."""

import contextlib
import itertools
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.errors import batches
from tfcompat_estimator.loop import default_hooks
from tfcompat_estimator.session_emulation.loops import prefetch
from tfcompat_estimator.session_emulation.opening import (
  session_creator,
  session_options,
)

v1 = tf.compat.v1


def run(
  session_config: v1.ConfigProto | None,
  source: checkpoint_source.Source,
  scaffold: v1.train.Scaffold,
  hooks: Sequence[v1.train.SessionRunHook],
  predictions: Any,
) -> Generator[Any, None, None]:
  """Yields the batches of predictions, computed when they are asked for.

  Must be called in the graph of the predictions, which is the default graph
  while this runs, not while the caller looks at what it yielded.

  Args:
    session_config: Applies to the runs.
    source: The checkpoint to restore, if there is one.
    scaffold: Of the model.
    hooks: All hooks.
    predictions: A tensor, or a dict of them.

  Returns:
    An iterator of numpy arrays, or of dicts of them.
  """
  graph = v1.get_default_graph()
  creator = session_creator.EmulatedSessionCreator(scaffold, source=source)
  prefetched = prefetch.Prefetch(creator, hooks, predictions, graph)
  opened = creator.opened(
    default_hooks.in_session(creator, hooks, prefetched.next_run)
  )
  return _batches(session_config, graph, opened, predictions, prefetched)


def _batches(
  session_config: v1.ConfigProto | None,
  graph: tf.Graph,
  opened: Any,
  predictions: Any,
  prefetched: prefetch.Prefetch,
) -> Generator[Any, None, None]:
  with _Steps(session_config, graph, opened) as steps:
    yield from steps.run_all(predictions, prefetched)


def examples(batch: dict[str, Any], length: int) -> Iterator[dict[str, Any]]:
  """The examples of a batch, one after the other.

  Args:
    batch: Arrays by name.
    length: How many examples there are.
  """
  # All of it is iterated in C: a row is as many views of arrays as there are keys,
  # and to make these is most of what it takes.
  rows = zip(*batch.values(), strict=False)
  pairs = map(zip, itertools.repeat(tuple(batch)), rows)
  return itertools.islice(map(dict, pairs), length)


class _Steps:
  """Runs a session in its graph, and leaves the graph between the runs."""

  def __init__(
    self, session_config: v1.ConfigProto | None, graph: tf.Graph, opened: Any
  ):
    self._session_config = session_config
    self._graph = graph
    self._opened = opened

  def __enter__(self) -> '_Steps':
    with self._entered():
      self._session = self._opened.__enter__()
    return self

  def __exit__(self, *exception: object) -> bool | None:
    with self._entered():
      return self._opened.__exit__(*exception)

  @contextlib.contextmanager
  def _entered(self) -> Iterator[None]:
    with (
      session_options.applied(self._session_config),
      self._graph.as_default(),
    ):
      yield

  def run_all(
    self, fetches: Any, prefetched: prefetch.Prefetch
  ) -> Iterator[Any]:
    while not self._session.should_stop():
      with self._entered():
        prefetched.begin_run()
        try:
          with batches.Counted(lambda: prefetched.taken):
            values = self._session.run(fetches)
        except (tf.errors.OutOfRangeError, StopIteration):
          return  # end of input, or a hook that ends the run as its end would
        prefetched.end_run()
      yield values
      if prefetched.may_run:
        with self._entered():
          early = prefetched.run(values)
        yield from early


def select(predictions: Any, keys: str | Sequence[str] | None) -> Any:
  """The predictions under `keys`; all if `keys` is None.

  Raises:
    ValueError: If the predictions are no dict, or none of the keys is in it.
  """
  if not keys:
    return predictions
  if not isinstance(predictions, dict):
    raise ValueError(
      'predict_keys argument is not valid in case of non-dict predictions. '
      f'Given: {keys!r}; leave it out.'
    )
  wanted = [keys] if isinstance(keys, str) else keys
  chosen = {key: value for key, value in predictions.items() if key in wanted}
  if not chosen:
    raise ValueError(
      f'Expected to run at least one output from {predictions.keys()}, provided '
      f'{keys!r} as predict_keys.'
    )
  return chosen


def batch_length(batch: dict[str, Any]) -> int:
  """How many examples a batch of predictions has.

  Raises:
    TypeError: It is an empty dict.
    IndexError: One of its arrays is a scalar.
    ValueError: Its arrays differ in length.
  """
  if not batch:
    raise TypeError(
      '`predictions` of the EstimatorSpec is an empty dict, which has no '
      'examples. Return some, or use yield_single_examples=False.'
    )
  scalars = [key for key, value in batch.items() if not value.shape]
  if scalars:
    raise IndexError(
      f'tuple index out of range: predictions[{scalars[0]!r}] is a scalar, and has '
      'no value for each example. Repeat it for the batch, leave it out by '
      'predict_keys, or use yield_single_examples=False.'
    )
  lengths = {key: value.shape[0] for key, value in batch.items()}
  first = next(iter(lengths.values()))
  for key, length in lengths.items():
    if length != first:
      raise ValueError(
        f'Batch length of predictions should be same. {key} has different '
        f'batch length than others: {lengths}. Use yield_single_examples=False '
        'to get whole batches.'
      )
  return first
