"""Checks the values of a RunConfig."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.spec import arguments


def _has_one_argument_op(function: Any) -> bool:
  """Whether `function` can be called with one argument, named `op`."""
  return callable(function) and arguments.names(function) == ('op',)


def _is_for_estimators(strategy: Any) -> bool:
  """Whether a strategy is none of those that only Keras and loops can use."""
  kind = tf.distribute.experimental.ParameterServerStrategy
  return not isinstance(strategy, kind)


def _strategy_row(name: str) -> tuple[str, Callable[[Any], bool], str]:
  message = (
    'Please use `tf.compat.v1.distribute.experimental.ParameterServerStrategy` '
    f'for parameter server strategy with estimator: {name} cannot be the v2 '
    'class, which is driven by a ClusterCoordinator'
  )
  return name, _is_for_estimators, message


# Property, what its value must satisfy unless it is None, and the message.
_CHECKS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
  ('model_dir', bool, 'model_dir should be non-empty'),
  ('save_summary_steps', lambda v: v >= 0, 'save_summary_steps should be >= 0'),
  (
    'save_checkpoints_steps',
    lambda v: v >= 0,
    'save_checkpoints_steps should be >= 0',
  ),
  (
    'save_checkpoints_secs',
    lambda v: v >= 0,
    'save_checkpoints_secs should be >= 0',
  ),
  (
    'session_config',
    lambda v: isinstance(v, tf.compat.v1.ConfigProto),
    'session_config must be instance of ConfigProto',
  ),
  (
    'keep_checkpoint_max',
    lambda v: v >= 0,
    'keep_checkpoint_max should be >= 0',
  ),
  (
    'keep_checkpoint_every_n_hours',
    lambda v: v > 0,
    'keep_checkpoint_every_n_hours should be > 0',
  ),
  (
    'log_step_count_steps',
    lambda v: v > 0,
    'log_step_count_steps should be > 0',
  ),
  (
    'tf_random_seed',
    lambda v: isinstance(v, int),
    'tf_random_seed must be integer',
  ),
  (
    'experimental_max_worker_delay_secs',
    lambda v: isinstance(v, int),
    'experimental_max_worker_delay_secs must be an integer if set',
  ),
  (
    'session_creation_timeout_secs',
    lambda v: v > 0,
    'session_creation_timeout_secs should be > 0',
  ),
  (
    'device_fn',
    _has_one_argument_op,
    'device_fn must be callable with exactly one argument "op"',
  ),
  (
    'protocol',
    lambda v: v in ('grpc', 'grpc+verbs'),
    'protocol should be grpc or grpc+verbs',
  ),
  _strategy_row('train_distribute'),
  _strategy_row('eval_distribute'),
)


def check(config: Any) -> None:
  """Raises if a property of a `RunConfig` is out of range.

  Raises:
    ValueError: With the name of the property and its value.
  """
  for name, holds, message in _CHECKS:
    value = getattr(config, name)
    if value is not None and not holds(value):
      raise ValueError(f'{message}, given: {value!r}.')
