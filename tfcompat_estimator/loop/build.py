"""Builds the graph of one train, evaluate or predict call."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import warm_start
from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.inputs import call as input_call
from tfcompat_estimator.loop import model as model_lib
from tfcompat_estimator.session_emulation.opening import session_options
from tfcompat_estimator.spec import estimator_spec as spec_lib
from tfcompat_estimator.spec import modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging


class Built(NamedTuple):
  """What stands in the graph after input_fn and model_fn have run."""

  spec: spec_lib.EstimatorSpec
  inputs: input_call.Inputs
  global_step: tf.Variable


@contextlib.contextmanager
def new_graph(model: model_lib.Model) -> Iterator[tf.Graph]:
  """A fresh default graph, seeded and placed as the RunConfig says."""
  config = model.config
  with (
    session_options.applied(config.session_config),
    tf.Graph().as_default() as graph,
    graph.device(config.device_fn),
    v1.variable_creator_scope(_as_resource),
  ):
    v1.set_random_seed(config.tf_random_seed)
    yield graph


def _as_resource(create: Callable[..., Any], **kwargs: Any) -> Any:
  """Creates a variable as a resource, as functions need it.

  After tf.compat.v1.disable_v2_behavior(), TF 1 makes variables of another kind
  unless told otherwise. Names and checkpoints are the same.
  """
  return create(**{**kwargs, 'use_resource': True})


def call_fns(
  model: model_lib.Model,
  input_fn: Callable[..., Any],
  mode: str,
  config: Any = None,
  checkpoint_path: str | None = None,
) -> Built:
  """Creates the global step, then calls input_fn and model_fn.

  Args:
    model: the model.
    input_fn: makes features and, unless `mode` is PREDICT, labels.
    mode: one of `ModeKeys`.
    config: what model_fn gets as `config`; default: the model's.
    checkpoint_path: what the session will restore; where it is None the
      model's warm start applies.

  Raises:
    ValueError: see `call_input_fn` and `Model.call`.
    NotImplementedError: see `strategies.check`.
  """
  strategies.check(model.config, mode)
  global_step = create_global_step()
  if mode == modes.ModeKeys.TRAIN:
    _tf.get_or_create_global_step_read()
  inputs = input_call.call_input_fn(input_fn, mode, model.params, model.config)
  if mode == modes.ModeKeys.PREDICT:
    _warn_if_endless(inputs.features)
    inputs = inputs._replace(labels=None)
  spec = model.call(
    inputs.features, inputs.labels, mode, config or model.config
  )
  if checkpoint_path is None:
    _maybe_warm_start(model)
  return Built(spec, inputs, global_step)


def create_global_step() -> tf.Variable:
  """The int64 scalar `global_step` of the default graph."""
  return v1.train.get_or_create_global_step()


def _maybe_warm_start(model: model_lib.Model) -> None:
  """Sets initial values from another checkpoint, where the user wants it."""
  settings = model.warm_start
  if settings is None:
    return
  logging.info(f'Warm-starting with WarmStartSettings: {settings}')
  warm_start.apply(settings)


def check_hooks(hooks: Iterable[Any] | None) -> list[v1.train.SessionRunHook]:
  """The hooks as a list.

  Raises:
    TypeError: one of them is no SessionRunHook.
  """
  hooks = list(hooks or [])
  for hook in hooks:
    if not isinstance(hook, v1.train.SessionRunHook):
      raise TypeError(
        f'Hooks must be a SessionRunHook, given: {hook}. Derive its class from '
        'tf.estimator.SessionRunHook.'
      )
  return hooks


def check_steps(name: str, value: Any) -> None:
  """Checks a number of steps, None if it isn't limited.

  Raises:
    ValueError: it is 0 or less.
  """
  if value is not None and value <= 0:
    raise ValueError(f'Must specify {name} > 0, given: {value}')


def _warn_if_endless(features: Any) -> None:
  if not input_call.ends_by_itself(features):
    logging.warning(
      'Input graph does not use tf.data.Dataset or contain a QueueRunner. That '
      'means predict yields forever. This is probably a mistake.'
    )
