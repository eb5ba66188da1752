"""Undoes what layers made in a graph do to the classes of tf_keras."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf


@contextlib.contextmanager
def restored(parts: Iterable[Any]) -> Iterator[None]:
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
