"""Looks up what columns with one id an example stand for."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.canned.networks import column_variables, single_valued

v1 = tf.compat.v1
_COMBINERS = (None, 'sum', 'mean', 'sqrtn')
_READ = 'TfcompatEstimatorRead'
_SPREAD = 'TfcompatEstimatorSpread'


def picked(
  weights: Any,
  ids: single_valued.Ids,
  training: bool,
  name: str,
  max_norm: float | None = None,
) -> tf.Tensor:
  """The row of `weights` for each example, zeros where there is no id.

  Args:
    weights: A variable `[size, units]`, or a tensor in its place.
    ids: The ids.
    training: Whether gradients are to be computed. Then each row is read once,
      so that their ids are unique: an optimizer that clips by norm, or counts
      how often a row was trained, is to see what it always saw.
    name: The operation's name.
    max_norm: The norm that no row exceeds, or None. Rows that are clipped are
      read once, too: the last bit of a norm depends on a row's place.

  Returns:
    A tensor `[batch_size, units]`.
  """
  if training or max_norm is not None:
    unique, index = ids.unique_rows
    rows = _unique_rows(weights, unique, max_norm)
    rows = _spread(rows, index)
  else:
    rows = tf.nn.embedding_lookup(weights, ids.rows, max_norm=max_norm)
  if ids.valid is None:
    return tf.identity(rows, name)
  return v1.where(ids.valid, rows, tf.zeros_like(rows), name)


def _unique_rows(
  weights: Any, ids: tf.Tensor, max_norm: float | None
) -> tf.Tensor:
  with v1.get_default_graph().gradient_override_map({'ResourceGather': _READ}):
    return tf.nn.embedding_lookup(weights, ids, max_norm=max_norm)


def _spread(rows: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
  with v1.get_default_graph().gradient_override_map({'GatherV2': _SPREAD}):
    return tf.gather(rows, index)


# The gradients that TensorFlow registers for these (2.16 to 2.21) are for any
# shape and cost eight operations more, which a step of a small model feels.
@tf.RegisterGradient(_READ)
def _gradient_of_read(op: tf.Operation, grad: tf.Tensor) -> list[Any]:
  shape = tf.raw_ops.VariableShape(input=op.inputs[0])
  return [tf.IndexedSlices(grad, op.inputs[1], shape), None]


@tf.RegisterGradient(_SPREAD)
def _gradient_of_spread(op: tf.Operation, grad: tf.Tensor) -> list[Any]:
  rows, index = op.inputs[:2]
  count = tf.shape(rows)[0]
  return [tf.math.unsorted_segment_sum(grad, index, count), None, None]


def whole(weights: Any) -> Any:
  """The variable, or tensor, that `picked` takes; None if it is in parts.

  A partitioner that splits large variables makes one part of a small one.
  """
  if isinstance(weights, _tf.PartitionedVariable):
    parts = list(weights)
    return parts[0] if len(parts) == 1 else None
  return weights if isinstance(weights, (tf.Variable, tf.Tensor)) else None


def combines(combiner: str | None) -> bool:
  """Whether it is a known combiner: of one value, each makes the value."""
  return combiner in _COMBINERS


def dense(
  column: Any,
  reader: single_valued.Reader,
  cache: Any,
  state: Any,
  training: bool,
) -> tf.Tensor | None:
  """The tensor of a dense column.

  Args:
    column: The column.
    reader: Reads the features.
    cache: The `FeatureTransformationCache` of the features.
    state: A `StateManager` that has the column's variables.
    training: Whether gradients are to be computed.

  Returns:
    A tensor `[batch_size, size]`; None unless the column is of one of
    TensorFlow's own types, over features of one value an example.
  """
  kind = type(column)
  if kind in (_tf.EmbeddingColumn, _tf.SharedEmbeddingColumn):
    weights = whole(_weights(column, state))
    if weights is None or not combines(column.combiner):
      return None
    ids = reader.ids(column.categorical_column, cache, state)
    name = f'{column_variables.scope_name(column)}_weights'
    return ids and picked(weights, ids, training, name, column.max_norm)
  if kind is _tf.IndicatorColumn:
    ids = reader.ids(column.categorical_column, cache, state)
  elif kind is _tf.BucketizedColumn:
    ids = reader.ids(column, cache, state)
  else:
    return None
  return ids and tf.one_hot(ids.values, column.variable_shape.num_elements())


def _weights(column: Any, state: Any) -> Any:
  """The variable of an embedding; None where TensorFlow is to look it up."""
  if not column.use_safe_embedding_lookup:
    return None
  if isinstance(column, _tf.SharedEmbeddingColumn):
    return column.shared_embedding_column_creator.embedding_weights
  if column.ckpt_to_load_from is not None:
    return None  # The lookup gives it its initial value.
  return state.get_variable(column, 'embedding_weights')
