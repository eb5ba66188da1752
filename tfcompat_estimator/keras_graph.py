"""Holds what Keras does in graphs under construction."""

import collections
import contextlib
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation import components

# Where Keras 3 (3.15, too) counts how often it made up a name.
_NUMBERS = 'object_name_uids'


@contextlib.contextmanager
def numbered_anew() -> Iterator[None]:
  """Numbers names from the start within the block, and goes on after it.

  Keras 3 numbers them by process, tf_keras by graph. They go to checkpoints,
  which must not depend on how many layers and models a process has made.
  """
  state = _tf.keras3_global_state()
  numbers = state.get_global_attribute(_NUMBERS)
  state.set_global_attribute(_NUMBERS, collections.defaultdict(int))
  try:
    yield
  finally:
    state.set_global_attribute(_NUMBERS, numbers)


def optimizer_config(optimizer: Any) -> dict[str, Any]:
  """What makes an optimizer like this one, under a name without a number.

  Keras 3 numbers the optimizers of a process. Checkpoints hold the name, so it
  must not depend on how many there were.
  """
  config = optimizer.get_config()
  return {**config, 'name': re.sub(r'_\d+$', '', config['name'])}


@contextlib.contextmanager
def restored_classes(parts: Iterable[Any]) -> Iterator[None]:
  """Moves the classes of layers back to the base class that eager mode has.

  tf_keras moves a class to another base class whenever the mode, eager or
  graph, differs from that at its last instantiation. All its instances move
  along: the user's models would be of the graph engine from then on, and fail.

  Args:
    parts: Layers and models; those within them count. They are looked at when
      the block ends. Parts of Keras 3 are left alone.
  """
  try:
    yield
  finally:
    restore_classes(parts)


def restore_classes(parts: Iterable[Any]) -> None:
  """Does now what `restored_classes` does when its block ends."""
  if _tf.is_eager_by_default():
    with _tf.eager_mode():
      for cls in _classes(parts):
        cls.__new__(cls)  # type: ignore[call-overload]


def _classes(parts: Iterable[Any]) -> set[type]:
  found: set[type] = set()
  for part in parts:
    found.update(type(each) for each in (part, *_within(part)))
  return {cls for cls in found if issubclass(cls, tf_keras.layers.Layer)}


def _within(part: Any) -> Iterable[Any]:
  """What a layer consists of."""
  if not isinstance(part, tf.Module):
    return ()
  try:
    return part.submodules
  except ValueError:
    # tf.Module (2.16 to 2.21) cannot look into layers that keep tensors of a
    # graph in a cache, as recurrent ones with dropout do.
    return part._flatten_layers(include_self=False)  # noqa: SLF001


def is_keras_metric(value: Any) -> bool:
  """Whether `value` is a metric object of tf_keras or of Keras 3.

  Neither library is imported for it: a metric of a library that the program
  never loaded cannot exist.
  """
  for name in ('tf_keras', 'keras'):
    metrics = getattr(sys.modules.get(name), 'metrics', None)
    if metrics is not None and isinstance(value, metrics.Metric):
      return True
  return False


def value_and_update(metric: Any) -> tuple[tf.Tensor, tf.Operation]:
  """Reads a Keras metric's result and what updates it, in the default graph.

  Args:
    metric: A Keras metric on which the model function called `update_state`.

  Returns:
    The tensor of the result and the operation of all the metric's updates.

  Raises:
    ValueError: If `update_state` was not called while building the graph.
  """
  updates = updates_of(metric)
  if not updates:
    raise ValueError(
      f'Please call update_state(...) on the "{metric.name}" metric before '
      'it goes into `eval_metric_ops`: a metric without an update has no '
      'value to report.'
    )
  update = updates[0] if len(updates) == 1 else tf.group(*updates)
  return metric.result(), update


def adopt_variables(metrics: list[Any]) -> None:
  """Makes the variables of Keras metrics local to the default graph.

  Local variables start afresh in each session and stay out of checkpoints.
  Keras 3 adds its variables to the global ones, tf_keras to no collection.
  """
  make_local([v for metric in metrics for v in _variables(metric)])


def make_local(adopted: list[tf.Variable]) -> None:
  """Makes variables local to the default graph, as those of metrics are."""
  # Parts of those of Keras 3 are in the collections besides (TF 2.16 to 2.21).
  parts = [part for variable in adopted for part in components.of(variable)]
  components.take_out([*adopted, *parts])
  keys = tf.compat.v1.GraphKeys
  for name in (keys.LOCAL_VARIABLES, keys.METRIC_VARIABLES):
    collection = tf.compat.v1.get_collection_ref(name)
    known = {id(v) for v in collection}
    collection.extend(v for v in adopted if id(v) not in known)


def updates_of(metric: Any) -> list[tf.Operation]:
  """The operations that update a metric's variables."""
  with warnings.catch_warnings():
    # tf_keras 2.21 warns that nobody in TF 2 should need this property.
    warnings.simplefilter('ignore')
    noted = getattr(metric, 'updates', None)
  if noted is not None:
    return list(noted)
  if tf.executing_eagerly():
    return []
  return [
    op
    for variable in _variables(metric)
    for op in variable.handle.consumers()
    if op.type.startswith('Assign') and op is not variable.initializer
  ]


def _variables(metric: Any) -> list[tf.Variable]:
  """The TensorFlow variables behind those of a metric of either library."""
  return [
    v if isinstance(v, tf.Variable) else v.value for v in metric.variables
  ]
