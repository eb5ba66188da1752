"""Begins the graph of a call, and completes what the call was given for it."""

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.checkpoint import warm_start
from tfcompat_estimator.records import arguments, run_config
from tfcompat_estimator.session_emulation.opening import session_options

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


def check_hooks(
  hooks: Iterable[Any] | None, input_fn: Any = None
) -> list[v1.train.SessionRunHook]:
  """The hooks as a list.

  Raises:
    TypeError: One of them is no hook, perhaps since `input_fn` is no function and
      `hooks` are labels, as other libraries have it.
  """
  try:
    return list(
      arguments.checked_hooks(hooks, 'Hooks must be a SessionRunHook')
    )
  except TypeError:
    if input_fn is not None:
      arguments.names(input_fn, '`input_fn`')
    raise


def check_steps(name: str, value: Any) -> None:
  """Checks a number of steps, None if it isn't limited; warns of a fraction.

  Raises:
    TypeError: It is no number.
    ValueError: It is 0 or less.
  """
  arguments.steps(name, value)
  if value is not None and math.isfinite(value) and value % 1:
    logging.warning(
      '`%s` (%s) is no whole number; %d are done. Round it, or divide by //.',
      name,
      value,
      math.ceil(value),
    )


# A larger one is not worth its memory.
_MOST_BYTES = 16 << 20


@contextlib.contextmanager
def kept(graph: tf.Graph) -> Iterator[None]:
  """While this is open, and once it is finalized, `graph` keeps its GraphDef.

  That is the one with shapes, which checkpoints and events hold.
  """
  make = graph.as_graph_def
  last: list[Any] = []

  def as_graph_def(
    from_version: Any = None, add_shapes: bool = False, **options: Any
  ) -> tf.compat.v1.GraphDef:
    plain = from_version is None and not any(options.values())
    if not (plain and add_shapes and graph.finalized):
      return make(from_version, add_shapes, **options)
    if not last:
      made = make(add_shapes=True)
      if made.ByteSize() > _MOST_BYTES:
        return made
      last.append(made)
    copy = tf.compat.v1.GraphDef()
    copy.CopyFrom(last[0])
    return copy

  graph.as_graph_def = as_graph_def
  try:
    yield
  finally:
    del graph.as_graph_def
    if getattr(make, '__self__', None) is not graph:
      graph.as_graph_def = make  # a kept graph has one of its own


def training_scaffold(
  scaffold: v1.train.Scaffold, config: run_config.RunConfig
) -> v1.train.Scaffold:
  """Gives the scaffold the saver that the RunConfig describes.

  A saver of the user's own stays, be it in the scaffold or in the graph's
  collection of savers.
  """
  if scaffold.saver is None and not v1.get_collection(v1.GraphKeys.SAVERS):
    v1.add_to_collection(
      v1.GraphKeys.SAVERS,
      v1.train.Saver(
        sharded=True,
        max_to_keep=config.keep_checkpoint_max,
        keep_checkpoint_every_n_hours=config.keep_checkpoint_every_n_hours,
        defer_build=True,
        save_relative_paths=True,
      ),
    )
  return scaffold


def evaluation_scaffold(scaffold: v1.train.Scaffold) -> v1.train.Scaffold:
  """Has what an evaluation adds to a graph initialized as well.

  A `local_init_op` of the user's own was made before the variables of the loss
  and of the step counter of evaluations were.
  """
  if scaffold.local_init_op is None:
    return scaffold
  _tf.get_or_create_eval_step()
  return v1.train.Scaffold(
    local_init_op=tf.group(
      scaffold.local_init_op, v1.train.Scaffold.default_local_init_op()
    ),
    copy_from_scaffold=scaffold,
  )
