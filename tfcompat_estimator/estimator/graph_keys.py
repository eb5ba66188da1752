"""Tells what the graph of a call depends on besides its input.

That is the estimator and what it was made of, the mode, the seed and the settings of
savers, and the flags of the process. With a strategy, in a cluster, with steps that
a subclass replaced, and where a part of the model cannot be told by value, there
is no telling.
"""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.estimator import build_flags, fingerprints
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import modes

v1 = tf.compat.v1
logging = tf.compat.v1.logging

_OURS = __name__.partition('.')[0] + '.'


def only_read(hooks: Iterable[Any], mode: str) -> bool:
  """Whether hooks and listeners add nothing to a graph of that mode.

  They could in `begin` only; later the graph is finalized.
  """
  readers: tuple[type, ...] = _READERS
  if mode == modes.ModeKeys.TRAIN:
    readers = (*_READERS, *_STEP_READERS)
  for hook in hooks:
    begins = [cls for cls in type(hook).__mro__ if 'begin' in vars(cls)]
    if not begins or 'begin' in getattr(hook, '__dict__', ()):
      return False
    says_so = vars(begins[0]).get('begin_only_reads') is True
    if not says_so and begins[0] not in readers:
      return False
    if not only_read(getattr(hook, '_listeners', ()), mode):
      return False
  return True


def are_stock(hooks: Iterable[Any]) -> bool:
  """Whether all hooks are TensorFlow's, which hold nothing that the user made."""
  return all(type(hook) in (*_READERS, *_STEP_READERS) for hook in hooks)


# Whose `begin` looks at the graph at most. Of others' classes, one says so by
# an attribute `begin_only_reads`.
_READERS = (
  v1.train.SessionRunHook,
  v1.train.CheckpointSaverListener,
  v1.train.LoggingTensorHook,
  v1.train.NanTensorHook,
  v1.train.StopAtStepHook,
  _tf.StopAfterNEvalsHook,
)
# They make a read of the global step, if there is none; in training there is one.
_STEP_READERS = (
  v1.train.CheckpointSaverHook,
  v1.train.ProfilerHook,
  v1.train.StepCounterHook,
  v1.train.SummarySaverHook,
)


def of(estimator: Any, mode: str) -> Any:
  """What a model is built of, and how; None if that cannot be told."""
  config = estimator._config  # noqa: SLF001
  made_of = model_fn_call.graph_key_of(estimator._model_fn)  # noqa: SLF001
  is_training = mode == modes.ModeKeys.TRAIN
  strategy = (
    estimator._train_distribution  # noqa: SLF001
    if is_training
    else estimator._eval_distribution  # noqa: SLF001
  )
  if (
    made_of is None
    or strategy
    or tf.distribute.has_strategy()
    or config.cluster_spec
    or (is_training and estimator._device_fn)  # noqa: SLF001
    or not _has_own_steps(estimator)
    or _tf.has_op_callbacks()
  ):
    return None
  settings = (
    made_of,
    estimator._params,  # noqa: SLF001
    config.keep_checkpoint_max,
    config.keep_checkpoint_every_n_hours,
    config.session_config and config.session_config.SerializeToString(),
  )
  try:
    fingerprint = fingerprints.of(settings)
  except Exception as reason:  # noqa: BLE001 - to build anew is always right
    logging.debug('No graph is kept: %s.', reason)
    return None
  return id(estimator), mode, fingerprint, build_flags.read()


def _has_own_steps(estimator: Any) -> bool:
  """Whether all steps of its calls are this package's."""
  steps: set[str] = set()
  others = set(vars(estimator))
  for cls in type(estimator).__mro__:
    if not cls.__module__.startswith(_OURS):
      others.update(vars(cls) if cls is not object else ())
      continue
    for name, member in vars(cls).items():
      if not name.startswith('__'):
        steps.add(name)
        if not getattr(member, '__module__', _OURS).startswith(_OURS):
          others.add(name)  # which somebody put there
  return not (steps & others) - _HARMLESS


# What subclasses may override, and no step of a call.
_HARMLESS = frozenset(
  ('_assert_members_are_not_overridden', 'latest_checkpoint')
)
