"""Reads a batch of examples the way the SDCA operation takes it."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Sparse:
  """The values of a categorical column's ids, zeros left out.

  Attributes:
    weights: The column's weights in the model.
    rows: int64 `[m]`, the positions of examples in the batch.
    ids: int64 `[m]`, the ids that examples have; no pair appears twice.
    values: float32 `[m]`, the values that go with them.
  """

  weights: Any
  rows: tf.Tensor
  ids: tf.Tensor
  values: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Dense:
  """The values of a dense column, or the constant behind the bias.

  Attributes:
    weights: The column's weights in the model.
    values: float32 `[n, size]`.
  """

  weights: Any
  values: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Examples:
  """A batch of n examples.

  Attributes:
    ids: String `[n]`, names of the examples.
    labels: float32 `[n]`.
    weights: float32 `[n]`.
    sparse: The categorical columns.
    dense: The dense columns.
  """

  ids: tf.Tensor
  labels: tf.Tensor
  weights: tf.Tensor
  sparse: list[Sparse]
  dense: list[Dense]


def read(
  features: Mapping[str, Any],
  labels: tf.Tensor,
  example_id_column: Any,
  weight_column: Any,
  columns: Iterable[Any],
  state: Any,
  bias: Any,
) -> Examples:
  """Reads a batch.

  Args:
    features: Dict of names to tensors.
    labels: Numbers of any shape with one of each example.
    example_id_column: The key of the examples' names.
    weight_column: The key of their weights, a numeric column, or None.
    columns: The feature columns.
    state: A `StateManager` that has the columns' weights.
    bias: The bias, a variable.

  Raises:
    KeyError: If there are no such features.
  """
  labels = tf.cast(tf.reshape(labels, [-1]), tf.float32)
  ids = _feature(features, example_id_column, 'example_id_column')
  cache = _tf.FeatureTransformationCache(features)
  sparse, dense = [], []
  for column in columns:
    weights = state.get_variable(column, 'weights')
    if isinstance(column, _tf.CategoricalColumn):
      sparse.append(_sparse(column, weights, cache, state))
    else:
      values = column.get_dense_tensor(cache, state)
      size = column.variable_shape.num_elements()
      dense.append(Dense(weights, tf.reshape(values, [-1, size])))
  if bias is not None:
    dense.append(Dense(bias, tf.ones([tf.size(labels), 1])))
  return Examples(
    ids=ids,
    labels=labels,
    weights=_weights(features, weight_column, labels),
    sparse=sparse,
    dense=dense,
  )


def _weights(
  features: Mapping[str, Any], column: Any, labels: tf.Tensor
) -> tf.Tensor:
  if column is None:
    return tf.ones_like(labels)
  key = column if isinstance(column, str) else column.key
  weights = _feature(features, key, 'weight_column')
  normalizer_fn = getattr(column, 'normalizer_fn', None)
  if normalizer_fn is not None:
    weights = normalizer_fn(weights)
  return tf.cast(tf.reshape(weights, [-1]), tf.float32)


def _feature(features: Mapping[str, Any], key: Any, argument: str) -> Any:
  if key not in features:
    raise KeyError(
      f'{key!r}: `{argument}` must be the key of a feature. Let input_fn '
      f'return it with the others: {sorted(features)}.'
    )
  return features[key]


def _sparse(column: Any, weights: Any, cache: Any, state: Any) -> Sparse:
  tensors = column.get_sparse_tensors(cache, state)
  ids = tf.cast(tensors.id_tensor.values, tf.int64)
  rows = tensors.id_tensor.indices[:, 0]
  if tensors.weight_tensor is None:
    values = tf.ones_like(ids, tf.float32)
  else:
    values = tf.cast(tensors.weight_tensor.values, tf.float32)
  is_known = ids >= 0
  ids = tf.boolean_mask(ids, is_known)
  rows = tf.boolean_mask(rows, is_known)
  values = tf.boolean_mask(values, is_known)
  # The operation takes an id of an example once: equal ones are added up.
  pairs, positions = tf.unique(rows * column.num_buckets + ids)
  return Sparse(
    weights,
    rows=pairs // column.num_buckets,
    ids=pairs % column.num_buckets,
    values=tf.math.unsorted_segment_sum(values, positions, tf.size(pairs)),
  )
