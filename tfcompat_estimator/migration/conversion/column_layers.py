"""Makes Keras layers of feature columns, and knows the names of their values."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.migration.conversion import (
  layers,
  model_inputs,
  trained_values,
)

# What scopes may not contain.
_NO_NAME = r'[^A-Za-z0-9_.\-]'


def in_order(columns: Iterable[Any]) -> list[Any]:
  """The columns by their names, as their tensors stand side by side."""
  return sorted(columns, key=lambda column: column.name)


def concatenated(
  columns: Sequence[Any],
  inputs: dict[str, Any],
  scope: str,
  values: trained_values.Values,
  name: str,
) -> Any:
  """Dense columns side by side: `DenseFeatures`, and `SharedEmbeddings`.

  Args:
    columns: Dense columns.
    inputs: The inputs of the model, by name.
    scope: The scope of the columns' variables in the checkpoint.
    values: Where their values come from.
    name: The name of the layer, or of the first part of it.

  Returns:
    The symbolic tensor `[batch, sum of sizes]`.

  Raises:
    ValueError: A column is of a kind that Keras has no layer for.
  """
  shared = _shared(columns, inputs, scope, values, name)
  parts: list[Any] = []
  run: list[Any] = []

  def flush() -> None:
    if run:
      suffix = f'_{len(parts)}' if parts else ''
      layer = tf_keras.layers.DenseFeatures(list(run), name=f'{name}{suffix}')
      parts.append(layer(read_by(run, inputs)))
      values.assign(layer.weights, variable_names(layer, scope))
      run.clear()

  for column in in_order(columns):
    if column.name in shared:
      flush()
      parts.append(shared[column.name])
    else:
      _check(column)
      if _clash(column, run):
        flush()
      run.append(column)
  flush()
  if len(parts) == 1:
    return parts[0]
  return tf_keras.layers.Concatenate(name=f'{name}_all')(parts)


def embed(
  column: Any,
  size: int,
  combiner: str,
  inputs: dict[str, Any],
  layer_name: str,
) -> tuple[Any, tf_keras.layers.Layer]:
  """The sums of rows that a categorical column picks from a table.

  Returns:
    The symbolic tensor `[batch, size]`, and the layer, whose one variable is
    the table.
  """
  layer = tf_keras.layers.DenseFeatures(
    [
      tf.feature_column.embedding_column(
        column, size, combiner=combiner, initializer=tf.zeros_initializer()
      )
    ],
    name=layer_name,
  )
  return layer(read_by([column], inputs)), layer


def read_by(columns: Sequence[Any], inputs: dict[str, Any]) -> dict[str, Any]:
  """The inputs that columns read."""
  return {name: inputs[name] for name in model_inputs.read_by(columns)}


def variable_names(layer: tf_keras.layers.Layer, scope: str) -> list[str]:
  """The names in a checkpoint of the variables of a layer of columns.

  Keras calls them `layer/column/variable:0`, an Estimator
  `scope/column/variable`.
  """
  return [
    '/'.join([scope, *weight.name.partition(':')[0].split('/')[-2:]])
    for weight in layer.weights
  ]


def has_normalizer(column: Any) -> bool:
  """Whether a function of the user's is in a column, or in one that it reads."""
  if getattr(column, 'normalizer_fn', None) is not None:
    return True
  return any(
    has_normalizer(parent) for parent in getattr(column, 'parents', ())
  )


def _clash(column: Any, others: Sequence[Any]) -> bool:
  """Whether a layer of both could not be saved.

  A layer keeps one table for each feature (TensorFlow 2.16 to 2.21), so it loses
  that of a second vocabulary of the same feature.
  """
  mine = dict(_vocabularies(column))
  return any(
    mine.get(key, vocabulary) != vocabulary
    for other in others
    for key, vocabulary in _vocabularies(other)
  )


def _vocabularies(column: Any) -> Iterator[tuple[str, Any]]:
  """The columns with vocabularies that a column reads, by their features."""
  if hasattr(column, 'vocabulary_list') or hasattr(column, 'vocabulary_file'):
    yield column.key, column
  for parent in getattr(column, 'parents', ()):
    yield from _vocabularies(parent)


def _check(column: Any) -> None:
  """Raises ValueError if the column is not one of `tf.feature_column`'s."""
  if not isinstance(column, _tf.DenseColumn):
    raise ValueError(
      f'Keras has no layer for the feature column {column.name!r}, a '
      f'{type(column).__name__}. Use to_module, or a column of '
      'tf.feature_column.'
    )


def _shared(
  columns: Iterable[Any],
  inputs: dict[str, Any],
  scope: str,
  values: trained_values.Values,
  name: str,
) -> dict[str, Any]:
  """The tensors of columns that share embeddings, by the names of columns."""
  groups: dict[str, list[Any]] = {}
  for column in in_order(columns):
    table = table_name(column)
    if table:
      groups.setdefault(table, []).append(column)
  tensors = {}
  for table, members in groups.items():
    first = members[0]
    categorical = [column.categorical_column for column in members]
    layer = layers.SharedEmbeddings(
      categorical,
      first.variable_shape.num_elements()
      if hasattr(first, 'variable_shape')
      else first.dimension,
      first.combiner,
      first.max_norm,
      name=f'{name}_{re.sub(_NO_NAME, "_", table)}',
    )
    made = layer(read_by(members, inputs))
    tensors.update(
      {column.name: t for column, t in zip(members, made, strict=True)}
    )
    values.assign(layer.weights, [place_of_shared(values, scope, table)])
  return tensors


def table_name(column: Any) -> str:
  """The name of the embeddings that a column shares; '' if it does not."""
  creator = getattr(column, 'shared_embedding_column_creator', None)
  if creator is not None:
    return creator._name  # noqa: SLF001 - columns do not tell it otherwise
  return getattr(column, 'shared_embedding_collection_name', '')


def place_of_shared(
  values: trained_values.Values, scope: str, table: str
) -> str:
  """Where an Estimator of either family keeps shared embeddings."""
  names = (table, f'{scope}/{table}', f'{scope}/{table}/embedding_weights')
  return next((name for name in names if values.has(name)), names[-1])
