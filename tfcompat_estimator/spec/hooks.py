"""Knows what may be a hook, or a listener of checkpoints."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf

v1 = tf.compat.v1

_METHODS = ('begin', 'after_create_session', 'before_run', 'after_run', 'end')


def is_hook(value: Any) -> bool:
  """True for a `SessionRunHook`, and for any object with its methods."""
  if isinstance(value, v1.train.SessionRunHook):
    return True
  return not isinstance(value, type) and all(
    callable(getattr(value, name, None)) for name in _METHODS
  )


def checked_hooks(hooks: Iterable[Any] | None, kind: str) -> tuple[Any, ...]:
  """The hooks as a tuple.

  Args:
    hooks: What was given, or None.
    kind: What they must be, in the words of the error.

  Raises:
    TypeError: One of them is no hook.
  """
  hooks = tuple(hooks or ())
  for hook in hooks:
    if not is_hook(hook):
      raise TypeError(f'All hooks must be {kind} instances, given: {hook}')
  return hooks


def checked_listeners(
  listeners: Iterable[Any] | None,
) -> list[v1.train.CheckpointSaverListener]:
  """The listeners as a list.

  Raises:
    TypeError: One of them is no CheckpointSaverListener.
  """
  listeners = list(listeners or [])
  for listener in listeners:
    if not isinstance(listener, v1.train.CheckpointSaverListener):
      raise TypeError(
        'saving_listeners must be a list of CheckpointSaverListener, given: '
        f'{listener}'
      )
  return listeners
