"""Makes recurrent layers of cells: of tf_keras, or of Keras 3."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import keras_graph


def over_steps(cell: Any, return_sequences: bool) -> Any:
  """A layer that runs a cell, or a list of cells, over the steps."""
  cells = cell if isinstance(cell, Sequence) else [cell]
  if any(_is_keras_3(each) for each in cells):
    # Layers of tf_keras cannot make the initial state of Keras 3 cells.
    return _keras_3().layers.RNN(cell, return_sequences=return_sequences)
  return tf_keras.layers.RNN(cell, return_sequences=return_sequences)


@contextlib.contextmanager
def names_of_their_own() -> Iterator[None]:
  """Lets Keras 3 number the names it makes up from the start.

  It numbers them by process, tf_keras by graph; checkpoints need the latter.
  """
  if _keras_3() is None:
    yield
    return
  with keras_graph.numbered_anew():
    yield


def trainable_variables(layer: Any) -> list[tf.Variable]:
  """The variables that an optimizer of tf_keras takes."""
  if _is_keras_3(layer):
    return [weight.value for weight in layer.trainable_weights]
  return layer.trainable_weights


def read_once(layer: Any) -> None:
  """Has the variables of tf_keras' cells read once a run, and not at each step.

  They may be on a parameter server. tf_keras does so itself if a cell is made in
  eager mode (2.15 to 2.21).
  """
  cell = getattr(layer, 'cell', None)
  for each in getattr(cell, 'cells', [cell]):
    if hasattr(each, '_enable_caching_device'):
      each._enable_caching_device = True  # noqa: SLF001


def keep_seeds_local(layer: Any) -> None:
  """Keeps the random seeds of Keras 3's cells out of checkpoints."""
  if _is_keras_3(layer):
    weights = {id(weight) for weight in layer.weights}
    keras_graph.make_local(
      [v.value for v in layer.variables if id(v) not in weights]
    )


def updates(layer: Any) -> tuple[Any, ...]:
  """What a layer wants to be run with each step; Keras 3 has no such thing."""
  return tuple(getattr(layer, 'updates', ()))


def _is_keras_3(layer: Any) -> bool:
  keras = _keras_3()
  return keras is not None and isinstance(layer, keras.layers.Layer)


def _keras_3() -> Any:
  """Keras 3, if it is loaded: who has a cell of it has loaded it."""
  keras = sys.modules.get('keras')
  version = getattr(keras, '__version__', '2')
  return keras if int(version.split('.')[0]) > 2 else None
