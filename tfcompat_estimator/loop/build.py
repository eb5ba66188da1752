"""Begins the graph of a call, and checks what the call was given for it."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import warm_start
from tfcompat_estimator.session_emulation.opening import session_options
from tfcompat_estimator.spec import hooks as hook_types

v1 = tf.compat.v1
logging = tf.compat.v1.logging


@contextlib.contextmanager
def new_graph(
  session_config: v1.ConfigProto | None,
  device_fn: Callable[[tf.Operation], str] | None,
  seed: int | None,
) -> Iterator[tf.Graph]:
  """A fresh default graph.

  Args:
    session_config: What of it TensorFlow 2 still knows applies as long as this
      is open.
    device_fn: Places the operations; None leaves that to TensorFlow.
    seed: The graph's seed of random numbers.

  Yields:
    The graph.
  """
  with (
    session_options.applied(session_config),
    tf.Graph().as_default() as graph,
    graph.device(device_fn),
  ):
    v1.set_random_seed(seed)
    yield graph


def apply_warm_start(settings: Any, checkpoint_path: str | None) -> None:
  """Sets initial values from another checkpoint, where the user wants it.

  Args:
    settings: A `WarmStartSettings`, or None.
    checkpoint_path: What the session will restore. Nothing is initialized then.
  """
  if settings is None or checkpoint_path:
    return
  logging.info(f'Warm-starting with WarmStartSettings: {settings}')
  warm_start.apply(settings)


def check_hooks(hooks: Iterable[Any] | None) -> list[v1.train.SessionRunHook]:
  """The hooks as a list.

  Raises:
    TypeError: One of them is no hook.
  """
  hooks = list(hooks or [])
  for hook in hooks:
    if not hook_types.is_hook(hook):
      raise TypeError(
        f'Hooks must be a SessionRunHook, given: {hook}. Derive its class from '
        'tf.estimator.SessionRunHook.'
      )
  return hooks


def check_steps(name: str, value: Any) -> None:
  """Checks a number of steps, None if it isn't limited.

  Raises:
    ValueError: It is 0 or less.
  """
  if value is not None and value <= 0:
    raise ValueError(f'Must specify {name} > 0, given: {value}')
