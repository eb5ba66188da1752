"""Predicts: runs the model batch by batch, as the caller asks for more."""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import source as source_lib
from tfcompat_estimator.loop import build
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.session_emulation.ahead import read_ahead
from tfcompat_estimator.session_emulation.opening import creator as creator_lib
from tfcompat_estimator.session_emulation.opening import session_options
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def predict(
  model: model_lib.Model,
  input_fn: Callable[..., Any],
  predict_keys: str | Sequence[str] | None,
  hooks: Iterable[v1.train.SessionRunHook] | None,
  checkpoint_path: str | None,
  yield_single_examples: bool,
) -> Iterator[Any]:
  """Yields predictions, computed when they are asked for.

  Args:
    model: what predicts.
    input_fn: makes the features; labels are ignored.
    predict_keys: the keys to keep of a dict of predictions; default: all.
    hooks: the user's hooks.
    checkpoint_path: the checkpoint; default: the latest one, and initial values
      while there is none.
    yield_single_examples: yield an example at a time rather than batches.

  Yields:
    numpy values, or dicts of them.

  Raises:
    ValueError: no key of `predict_keys` is known, predictions are no dict, the
      checkpoint does not exist, or the batches of a dict differ in length.
    TypeError: a hook is of the wrong type, or predictions are an empty dict,
      which has no examples.
  """
  user_hooks = build.check_hooks(hooks)
  source = source_lib.Source(model.model_dir, checkpoint_path)
  if source.path is None:
    logging.info(
      f'Could not find trained model in model_dir: {model.model_dir}, running '
      'initialization to predict.'
    )
  with build.new_graph(model) as graph:
    built = build.call_fns(
      model, input_fn, modes.ModeKeys.PREDICT, checkpoint_path=source.path
    )
    predictions = select(built.spec.predictions, predict_keys)
    creator = creator_lib.EmulatedSessionCreator(
      built.spec.scaffold, source=source
    )
    all_hooks = [
      *built.inputs.hooks,
      *user_hooks,
      *built.spec.prediction_hooks,
    ]
    opened = creator.opened(all_hooks)
  # The graph is the default one only while this code runs, not while the
  # caller looks at what was yielded.
  ahead = read_ahead.ReadAhead(creator, all_hooks, predictions, graph)
  with _Steps(model, graph, opened) as steps:
    for batch in steps.run_all(predictions, ahead):
      if not yield_single_examples:
        yield batch
      elif isinstance(predictions, dict):
        _check_batch_length(batch)
        # Arrays are iterated row by row in C, faster than by index.
        for row in zip(*batch.values(), strict=True):
          yield dict(zip(batch, row, strict=True))
      else:
        yield from batch


class _Steps:
  """Runs a session in its graph, and leaves the graph between the runs."""

  def __init__(self, model: model_lib.Model, graph: tf.Graph, opened: Any):
    self._session_config = model.config.session_config
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

  def run_all(self, fetches: Any, ahead: read_ahead.ReadAhead) -> Iterator[Any]:
    while not self._session.should_stop():
      with self._entered():
        ahead.begin_run()
        try:
          values = self._session.run(fetches)
        except (tf.errors.OutOfRangeError, StopIteration):
          return  # end of input, or a hook that ends the run as its end would
        ahead.end_run()
      yield values
      if ahead.is_due:
        with self._entered():
          early = ahead.run(values)
        yield from early


def select(predictions: Any, keys: str | Sequence[str] | None) -> Any:
  """The predictions under `keys`; all if `keys` is None.

  Raises:
    ValueError: the predictions are no dict, or none of the keys is in it.
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


def _check_batch_length(batch: dict[str, Any]) -> None:
  if not batch:
    raise TypeError(
      '`predictions` of the EstimatorSpec is an empty dict, which has no '
      'examples. Return some, or use yield_single_examples=False.'
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
