"""Checks and calls the model_fn of a user."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import object_based
from tfcompat_estimator.records import arguments, estimator_specs

logging = tf.compat.v1.logging

ALLOWED_ARGUMENTS = frozenset(
  ('features', 'labels', 'mode', 'params', 'self', 'config')
)


def call(
  model_fn: Callable[..., Any],
  features: Any,
  labels: Any,
  mode: str,
  params: Any,
  config: Any,
) -> estimator_specs.EstimatorSpec:
  """Calls a model_fn in the default graph.

  Args:
    model_fn: Takes `features`, and any of the others by name.
    features: What input_fn gave.
    labels: What input_fn gave, or None.
    mode: One of `ModeKeys`.
    params: Hyperparameters.
    config: The `RunConfig`.

  Raises:
    ValueError: Labels were given to a model_fn that takes none, or it
      returned something else than an `EstimatorSpec`.
  """
  taken = arguments.names(model_fn)
  available = {
    'labels': labels,
    'mode': mode,
    'params': params,
    'config': config,
  }
  if 'labels' not in taken and labels is not None:
    raise ValueError(
      'model_fn does not take labels, but input_fn returns labels. Add a '
      '`labels` argument to model_fn or return features alone.'
    )
  logging.info('Calling model_fn.')
  spec = model_fn(features=features, **arguments.pick(model_fn, available))
  logging.info('Done calling model_fn.')
  if not isinstance(spec, estimator_specs.EstimatorSpec):
    raise ValueError(
      'model_fn should return an EstimatorSpec. It returned a '
      f'{type(spec).__name__}.'
    )
  if spec.mode != mode:
    logging.warning(
      f'model_fn returned an EstimatorSpec of mode {spec.mode!r} where the mode is '
      f'{mode!r}: what that one needs was not checked. Give it the `mode` that '
      'model_fn is called with.'
    )
  object_based.use_in(spec.scaffold, config)
  return spec


def with_origin(
  model_fn: Callable[..., Any], origin: Any
) -> Callable[..., Any]:
  """The model_fn, with what it was made of, for those who make other models of it.

  Args:
    model_fn: One that this package made.
    origin: A canned one's `Recipe`, the `Source` of `model_to_estimator`, or the
      `Extended` Estimator.
  """
  model_fn.estimator_origin = origin  # type: ignore[attr-defined]
  return model_fn


def origin_of(model_fn: Callable[..., Any]) -> Any:
  """What a model_fn was made of; None of one of the user's."""
  return getattr(model_fn, 'estimator_origin', None)


def keeps_graph(model_fn: Callable[..., Any]) -> Callable[..., Any]:
  """Says that a function does nothing but build a part of the graph.

  Of a `model_fn`: a second call on the same Estimator whose input has the same
  structure may then use the graph of the first one again, and not call it:

      @tfcompat_estimator.keeps_graph
      def model_fn(features, labels, mode, params):
        ...

  Such a function prints, counts and reads nothing that may change from call to
  call, but for `params`. Of functions that a canned Estimator was given (an
  optimizer's, a `normalizer_fn`) it says the same, and they may read what they
  close over. Nothing needs this word to work.

  Args:
    model_fn: The function.

  Returns:
    The function itself.
  """
  model_fn.tfcompat_keeps_graph = True  # type: ignore[attr-defined]
  return model_fn


def is_said_to_keep(function: Callable[..., Any]) -> bool:
  """Whether `keeps_graph` was called with a function."""
  return getattr(function, 'tfcompat_keeps_graph', False) is True


def graph_key_of(model_fn: Callable[..., Any]) -> Any:
  """What a graph of the model depends on; None if that cannot be told."""
  if is_said_to_keep(model_fn):
    return 'as it is said'
  return getattr(origin_of(model_fn), 'graph_key', None)


def verify_arguments(model_fn: Callable[..., Any], params: Any) -> None:
  """Checks the signature of a model_fn.

  Args:
    model_fn: What the user passed.
    params: What the user passed; None if nothing.

  Raises:
    TypeError: It is not callable.
    ValueError: It lacks `features`, has an argument that nobody will give, or
      has no `params` while params were passed.
  """
  taken = arguments.names(model_fn, '`model_fn`')
  if 'features' not in taken:
    raise ValueError(f'model_fn ({model_fn}) must include features argument.')
  if params is not None and 'params' not in taken:
    raise ValueError(
      f'model_fn ({model_fn}) does not include params argument, but params '
      f'({params}) is passed to Estimator. Add the argument or pass no params.'
    )
  unexpected = [name for name in taken if name not in ALLOWED_ARGUMENTS]
  if unexpected:
    raise ValueError(
      f'model_fn ({model_fn}) has following not expected args: {unexpected}. '
      'It may take features, labels, mode, params and config; bind others with '
      'functools.partial.'
    )
