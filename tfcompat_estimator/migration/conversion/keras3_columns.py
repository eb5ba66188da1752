"""Turns feature columns into preprocessing layers of Keras 3.

A feature of which an example may have any number is a dense tensor here, `[batch,
n]`, where '' and -1 stand for nothing, as in a dense tensor for feature columns.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfcompat_estimator.canned.networks import column_variables
from tfcompat_estimator.migration.conversion import (
  column_layers,
  model_inputs,
  trained_values,
)


class Inputs:
  """The inputs of the model, made when a column first asks for one.

  Args:
    columns: The columns of the model.
    dtypes: Dtypes of features that only crosses read, by their names.

  Attributes:
    by_name: The inputs.
    tables: Layers of embeddings that columns share, by the tables' names.
  """

  def __init__(
    self, columns: Sequence[Any], dtypes: Mapping[str, Any] | None = None
  ) -> None:
    self.by_name: dict[str, Any] = {}
    self.tables: dict[str, Any] = {}
    # Keras crosses one value an example.
    self._single = {
      getattr(key, 'key', key)
      for column in columns
      for key in getattr(
        getattr(column, 'categorical_column', column), 'keys', ()
      )
    }
    self._parsed = model_inputs.read_by(columns, dtypes) if columns else {}

  def named(self, name: str) -> Any:
    """The input of a feature that a cross names."""
    return self.of(name, [1], self._parsed[name].dtype.name)

  def of(self, name: str, shape: Any, dtype: str) -> Any:
    """The input of a feature."""
    import keras

    if name not in self.by_name:
      shape = [1] if name in self._single else shape
      self.by_name[name] = keras.Input(shape, dtype=dtype, name=name)
    return self.by_name[name]


class Ids(NamedTuple):
  """The ids that a categorical column gives.

  Attributes:
    tensor: Symbolic ints `[batch, n]`: places in a table.
    rows: For each place of that table, the row of the column's own; None for
      what stands for nothing. These come first.
  """

  tensor: Any
  rows: list[int | None]


def dense(
  column: Any, inputs: Inputs, scope: str, values: trained_values.Values
) -> Any:
  """A dense column as a symbolic tensor `[batch, size]`.

  Raises:
    ValueError: The column has no counterpart.
  """
  from keras import layers, ops

  kind = type(column).__name__
  if kind == 'NumericColumn':
    return layers.Flatten()(_numbers(column, inputs))
  if kind == 'BucketizedColumn':
    ids = _bucketized(column, inputs)
    return layers.Flatten()(_one_hot(ids))
  if kind == 'IndicatorColumn':
    ids = _ids(column.categorical_column, inputs)
    return ops.sum(_one_hot(ids), axis=1)
  if kind == 'EmbeddingColumn' and column.max_norm is None:
    name = f'{scope}/{column_variables.scope_name(column)}/embedding_weights'
    table = values.of(
      name, [column.categorical_column.num_buckets, column.dimension]
    )
    return embed(column.categorical_column, table, column.combiner, inputs)
  shared = column_layers.table_name(column)
  if shared and column.max_norm is None:
    return _embed_shared(column, shared, inputs, scope, values)
  raise _no_counterpart(column)


def _embed_shared(
  column: Any,
  name: str,
  inputs: Inputs,
  scope: str,
  values: trained_values.Values,
) -> Any:
  """What a column picks from a table that others pick from, too."""
  from keras import layers, ops

  if name not in inputs.tables:
    table = values.of(column_layers.place_of_shared(values, scope, name))
    layer = layers.Embedding(len(table) + 1, table.shape[1])
    layer.build()
    layer.weights[0].assign(np.concatenate([np.zeros_like(table[:1]), table]))
    inputs.tables[name] = layer
  layer = inputs.tables[name]
  ids = _ids(column.categorical_column, inputs)
  # Row 0 of the table stands for nothing. What does so is first among the ids.
  places = [0 if row is None else row + 1 for row in ids.rows]
  tensor = ids.tensor
  if places != list(range(len(places))):
    tensor = ops.take(np.array(places, 'int32'), tensor, axis=0)
  rows = [None, *range(layer.input_dim - 1)]
  return _combined(layer(tensor), Ids(tensor, rows), column.combiner)


def embed(column: Any, table: np.ndarray, combiner: str, inputs: Inputs) -> Any:
  """What a categorical column picks from a table, `[batch, size]`.

  Raises:
    ValueError: The column has no counterpart.
  """
  from keras import layers

  ids = _ids(column, inputs)
  nothing = np.zeros_like(table[0])
  layer = layers.Embedding(len(ids.rows), table.shape[1])
  picked = layer(ids.tensor)
  layer.weights[0].assign(
    np.stack([nothing if row is None else table[row] for row in ids.rows])
  )
  return _combined(picked, ids, combiner)


def _combined(picked: Any, ids: Ids, combiner: str) -> Any:
  """The rows that ids picked, `[batch, n, size]`, as one for each example."""
  from keras import ops

  there = ops.cast(ids.tensor >= ids.rows.count(None), 'float32')
  total = ops.sum(picked * ops.expand_dims(there, -1), axis=1)
  if combiner == 'sum':
    return total
  count = ops.maximum(ops.sum(there, axis=1, keepdims=True), 1.0)
  return total / (ops.sqrt(count) if combiner == 'sqrtn' else count)


def _numbers(column: Any, inputs: Inputs) -> Any:
  if column.normalizer_fn is not None:
    raise _no_counterpart(column, 'its normalizer_fn is code')
  tensor = inputs.of(column.key, list(column.shape), column.dtype.name)
  return tensor if column.dtype == tf.float32 else _as_float(tensor)


def _as_float(tensor: Any) -> Any:
  from keras import ops

  return ops.cast(tensor, 'float32')


def _one_hot(ids: Ids) -> Any:
  """Of each id its row of the identity, what stands for nothing left out."""
  from keras import ops

  nothing = ids.rows.count(None)
  rows = [row for row in ids.rows if row is not None]
  size = max(rows) + 1
  if rows != list(range(size)):  # what is not known goes to a known row
    identity = np.eye(size, dtype='float32')[rows]
    vectors = ops.one_hot(ids.tensor, len(ids.rows))[..., nothing:]
    return ops.matmul(vectors, identity)
  return ops.one_hot(ids.tensor, len(ids.rows))[..., nothing:]


def _ids(column: Any, inputs: Inputs) -> Ids:
  """The ids of a categorical column."""
  make = _CATEGORICAL.get(type(column).__name__)
  if make is None:
    raise _no_counterpart(column)
  return make(column, inputs)


def _bucketized(column: Any, inputs: Inputs) -> Ids:
  from keras import layers, ops

  source = layers.Flatten()(_numbers(column.source_column, inputs))
  buckets = len(column.boundaries) + 1
  size = source.shape[-1]
  ids = layers.Discretization(bin_boundaries=list(column.boundaries))(source)
  begins = np.arange(size, dtype='int32') * buckets
  return Ids(ops.cast(ids, 'int32') + begins, list(range(size * buckets)))


def _identity(column: Any, inputs: Inputs) -> Ids:
  from keras import ops

  given = inputs.of(column.key, [None], 'int64')
  size = column.num_buckets
  known = ops.logical_and(given >= 0, given < size)
  other = 0 if column.default_value is None else column.default_value + 1
  ids = ops.where(known, given + 1, other)
  # Not by `==`, which symbolic tensors of Keras 3 do not have (3.15).
  return Ids(ops.where(ops.equal(given, -1), 0, ids), [None, *range(size)])


def _hashed(column: Any, inputs: Inputs) -> Ids:
  from keras import layers

  is_text = column.dtype == tf.string
  given = inputs.of(column.key, [None], 'string' if is_text else 'int64')
  size = column.hash_bucket_size
  mask = '' if is_text else -1
  ids = layers.Hashing(size + 1, mask_value=mask)(given)
  return Ids(ids, [None, *range(size)])


def _vocabulary(column: Any, inputs: Inputs) -> Ids:
  return _looked_up(column, list(column.vocabulary_list), inputs)


def _vocabulary_file(column: Any, inputs: Inputs) -> Ids:
  with tf.io.gfile.GFile(column.vocabulary_file) as file:
    lines = file.read().splitlines()[: column.vocabulary_size]
  if column.dtype != tf.string:
    return _looked_up(column, [int(line) for line in lines], inputs)
  return _looked_up(column, lines, inputs)


def _crossed(column: Any, inputs: Inputs) -> Ids:
  from keras import layers, ops

  if len(column.keys) != 2 or column.hash_key is not None:
    raise _no_counterpart(column, 'Keras crosses two features, with its key')
  tensors, there = [], []
  for key in column.keys:
    if isinstance(key, str):
      tensors.append(inputs.named(key))
    else:
      ids = _ids(key, inputs)
      own = np.array([-1 if row is None else row for row in ids.rows])
      tensors.append(ops.take(own, ids.tensor, axis=0))
      # A word that is not known is -1 in a cross. The first place is no value.
      if ids.rows[0] is None:
        there.append(ids.tensor > 0)
    if tensors[-1].shape[-1] != 1:
      raise _no_counterpart(column, f'{key!r} has several values')
  size = column.hash_bucket_size
  crossed = layers.HashedCrossing(size)(tensors)
  if not there:
    return Ids(crossed, list(range(size)))
  # Where one of the two is nothing there is no cross.
  every = there[0] if len(there) == 1 else ops.logical_and(*there)
  return Ids(ops.where(every, crossed + 1, 0), [None, *range(size)])


def _looked_up(column: Any, vocabulary: list[Any], inputs: Inputs) -> Ids:
  from keras import layers

  if column.num_oov_buckets > 1:
    raise _no_counterpart(
      column, 'Keras hashes unknown values to other buckets than it'
    )
  is_text = column.dtype == tf.string
  given = inputs.of(column.key, [None], 'string' if is_text else 'int64')
  lookup = layers.StringLookup if is_text else layers.IntegerLookup
  ids = lookup(vocabulary=vocabulary, mask_token='' if is_text else -1)(given)
  unknown: int | None = column.default_value
  if column.num_oov_buckets:
    unknown = len(vocabulary)
  elif unknown == -1:
    unknown = None
  return Ids(ids, [None, unknown, *range(len(vocabulary))])


_CATEGORICAL: dict[str, Callable[[Any, Inputs], Ids]] = {
  'BucketizedColumn': _bucketized,
  'CrossedColumn': _crossed,
  'HashedCategoricalColumn': _hashed,
  'IdentityCategoricalColumn': _identity,
  'VocabularyFileCategoricalColumn': _vocabulary_file,
  'VocabularyListCategoricalColumn': _vocabulary,
}


def _no_counterpart(column: Any, reason: str = '') -> ValueError:
  """The error for a column that Keras 3 has no layer for."""
  why = f', as {reason}' if reason else ''
  return ValueError(
    f"backend ('keras3'): the feature column {column.name!r}, a "
    f'{type(column).__name__}, has no counterpart among the layers of Keras 3'
    f"{why}. Use backend='tf_keras'."
  )
