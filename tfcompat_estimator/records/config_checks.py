"""Checks the values of a RunConfig."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import arguments


def _has_one_argument_op(function: Any) -> bool:
  """Whether `function` can be called with one argument, named `op`."""
  return callable(function) and arguments.names(function) == ('op',)


def _is_for_estimators(strategy: Any) -> bool:
  """Whether a strategy is none of those that only Keras and loops can use."""
  kind = tf.distribute.experimental.ParameterServerStrategy
  return not isinstance(strategy, kind)


# Properties, what each value must satisfy unless it is None, and the message.
_CHECKS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
  ('model_dir', bool, '{name} should be non-empty'),
  (
    (
      'save_summary_steps save_checkpoints_steps save_checkpoints_secs'
      ' keep_checkpoint_max'
    ),
    lambda v: v >= 0,
    '{name} should be >= 0',
  ),
  (
    (
      'keep_checkpoint_every_n_hours log_step_count_steps'
      ' session_creation_timeout_secs'
    ),
    lambda v: v > 0,
    '{name} should be > 0',
  ),
  (
    'session_config',
    lambda v: isinstance(v, tf.compat.v1.ConfigProto),
    '{name} must be instance of ConfigProto',
  ),
  ('tf_random_seed', lambda v: isinstance(v, int), '{name} must be integer'),
  (
    'experimental_max_worker_delay_secs',
    lambda v: isinstance(v, int),
    '{name} must be an integer if set',
  ),
  (
    'device_fn',
    _has_one_argument_op,
    '{name} must be callable with exactly one argument "op"',
  ),
  (
    'protocol',
    lambda v: v in ('grpc', 'grpc+verbs'),
    '{name} should be grpc or grpc+verbs',
  ),
  (
    'train_distribute eval_distribute',
    _is_for_estimators,
    (
      'Please use '
      '`tf.compat.v1.distribute.experimental.ParameterServerStrategy` for parameter '
      'server strategy with estimator: {name} cannot be the v2 class, which is driven '
      'by a ClusterCoordinator'
    ),
  ),
)


def check(config: Any) -> None:
  """Raises if a property of a `RunConfig` is out of range.

  Raises:
    ValueError: With the name of the property and its value.
    TypeError: It should be a number.
  """
  for names, holds, message in _CHECKS:
    for name in names.split():
      value, text = getattr(config, name), message.format(name=name)
      if 'should be >' in message and isinstance(
        value, str | bytes | list | tuple | dict
      ):
        raise TypeError(f'{text}, a number, given: {value!r}.')
      if value is not None and not holds(value):
        raise ValueError(f'{text}, given: {value!r}.')
