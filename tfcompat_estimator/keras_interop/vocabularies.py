"""Takes the vocabularies of preprocessing layers over to clones of a model.

What `adapt` found, or a file had, Keras (2 and 3) keeps in a table, not in the
config of the layer; and a layer asks its table for its size, which has no value
in a graph. So layers are made again without a vocabulary, and get a table of the
same contents.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

_KEYS = frozenset(['vocabulary', 'idf_weights', 'output_mode'])


class Vocabulary(NamedTuple):
  """What a layer has learnt, or was given.

  Attributes:
    keys: The keys of its table.
    values: Their values.
    default: The value of other keys.
    weights: The weights of the mode `tf_idf`; None in other modes.
    size: How many words there are, those not in the table included.
  """

  keys: np.ndarray
  values: np.ndarray
  default: np.ndarray
  weights: np.ndarray | None
  size: int

  def give(self, layer: Any) -> None:
    """Gives a layer the table, in place of one that has no value in a graph."""
    layer = _inner(layer)
    layer._frozen_vocab_size = self.size  # noqa: SLF001 - the depth of one_hot
    layer.lookup_table = tf.lookup.StaticHashTable(
      tf.lookup.KeyValueTensorInitializer(self.keys, self.values), self.default
    )
    if self.weights is not None:
      layer.idf_weights_const = tf.constant(self.weights)


def of(layer: Any) -> Vocabulary | None:
  """The vocabulary of a layer; None if it is of another kind, or has none yet.

  There are values in eager mode only.
  """
  layer = _inner(layer)
  table = getattr(layer, 'lookup_table', None)
  if table is None or not tf.executing_eagerly():
    return None
  try:
    keys, values = table.export()
  except tf.errors.FailedPreconditionError:
    return None
  weights = getattr(layer, 'idf_weights_const', None)
  return Vocabulary(
    keys.numpy(),
    values.numpy(),
    table.default_value.numpy(),
    None if weights is None else np.asarray(weights),
    int(layer.vocabulary_size()),
  )


def of_all(layers: Iterable[Any]) -> list[Vocabulary | None]:
  """Those of the layers that may have one, in their order."""
  return [of(layer) for layer in layers if hasattr(layer, 'lookup_table')]


def give_all(
  vocabularies: Iterable[Vocabulary | None], layers: Iterable[Any]
) -> None:
  """Gives the layers of a clone what `of_all` found in the original.

  Not to a subclassed model that makes such layers when it is called.
  """
  found = list(vocabularies)
  having = [layer for layer in layers if hasattr(layer, 'lookup_table')]
  if len(found) != len(having):
    return
  for vocabulary, layer in zip(found, having, strict=True):
    if vocabulary is not None:
      vocabulary.give(layer)


def within(layer: Any) -> list[Any]:
  """A layer and all those in it, in their order."""
  return list(layer._flatten_layers())  # noqa: SLF001 - of both Kerases


def left_out(config: Any) -> Any:
  """A config of a model or layer, without the vocabularies in it."""
  if isinstance(config, list | tuple):  # tf_keras has a list of its own
    items = [left_out(item) for item in config]
    return tuple(items) if isinstance(config, tuple) else items
  if not isinstance(config, dict):
    return config
  config = {key: left_out(value) for key, value in config.items()}
  if config.keys() >= _KEYS:
    config |= {'vocabulary': None, 'has_input_vocabulary': True}
    if config['output_mode'] in ('tf_idf', 'tf-idf'):
      config['idf_weights'] = [0.0]  # it wants some; `give` has the right ones
  return config


def renew_statistics(layers: Iterable[Any]) -> None:
  """Has layers that normalize compute with the weights that they were given."""
  for layer in layers:
    if hasattr(layer, 'adapt_mean'):
      layer.finalize_state()


def _inner(layer: Any) -> Any:
  """The layer that has the table: a TextVectorization holds another one."""
  return getattr(layer, '_lookup_layer', layer)
