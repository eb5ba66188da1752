"""Layers of feature columns, as `tf.contrib.layers` had them.

Old columns have the variables of 1.15, in its order, so that its checkpoints go
on; for those of `tf.feature_column` its own layers are called.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.migration.tf1 import feature_columns as old

v1 = tf.compat.v1
fc = v1.feature_column


def are_old(columns: Iterable[Any]) -> bool:
  """Whether all columns are those of `tf.contrib.layers`."""
  return all(old.mark_of(column) is not None for column in columns)


def input_from_feature_columns(
  columns_to_tensors: Mapping[Any, Any],
  feature_columns: Iterable[Any],
  weight_collections: Any = None,
  trainable: bool = True,
  scope: Any = None,
  cols_to_outs: Any = None,
) -> tf.Tensor:
  """One tensor of all columns, float32 (batch, size)."""
  columns = list(feature_columns)
  tensors = dict(columns_to_tensors)
  with v1.variable_scope(
    scope, 'input_from_feature_columns', list(tensors.values())
  ):
    if not all(
      old.mark_of(column) and not isinstance(column, _tf.SharedEmbeddingColumn)
      for column in columns
    ):
      return fc.input_layer(
        tensors,
        columns,
        weight_collections,
        trainable,
        cols_to_output_tensors=cols_to_outs,
      )
    builder = _tf.LazyBuilder(tensors)
    outputs = []
    for column in _in_order(columns):
      with v1.variable_scope(None, column.name, list(tensors.values())):
        output = _dense(column, builder, weight_collections, trainable)
      outputs.append(output)
      if cols_to_outs is not None:
        cols_to_outs[column] = output
    return tf.concat(outputs, 1)


def weighted_sum_from_feature_columns(
  columns_to_tensors: Mapping[Any, Any],
  feature_columns: Iterable[Any],
  num_outputs: int,
  weight_collections: Any = None,
  trainable: bool = True,
  scope: Any = None,
) -> tuple[tf.Tensor, dict[Any, Any], Any]:
  """A linear model.

  Returns:
    Float32 (batch, num_outputs); {column: [its variable]}; and the bias.
  """
  tensors = dict(columns_to_tensors)
  with v1.variable_scope(
    scope, 'weighted_sum_from_feature_columns', list(tensors.values())
  ):
    builder = _tf.LazyBuilder(tensors)
    outputs, variables = [], {}
    for column in _in_order(feature_columns):
      with v1.variable_scope(None, column.name, list(tensors.values())):
        if isinstance(column, _tf.CategoricalColumn):
          found = column._get_sparse_tensors(builder)  # noqa: SLF001
          mark = old.mark_of(column)
          variable, output = _looked_up(
            [column.num_buckets, num_outputs],
            found,
            v1.zeros_initializer(),
            mark.combiner if mark else 'sum',
            weight_collections,
            trainable=trainable,
          )
        else:
          dense = _dense(column, builder, weight_collections, trainable)
          variable = _variable(
            'weight',
            [dense.shape[1], num_outputs],
            v1.zeros_initializer(),
            weight_collections,
            trainable,
          )
          output = tf.matmul(dense, variable)
      outputs.append(tf.reshape(output, [-1, num_outputs]))
      variables[column] = [variable]
    bias = _variable(
      'bias_weight',
      [num_outputs],
      v1.zeros_initializer(),
      weight_collections,
      trainable,
    )
    return tf.nn.bias_add(tf.add_n(outputs), bias), variables, bias


def _in_order(columns: Iterable[Any]) -> list[Any]:
  def order(column: Any) -> str:
    mark = old.mark_of(column)
    return mark.order if mark else column.name

  return sorted(set(columns), key=order)


def _dense(
  column: Any, builder: Any, collections: Any, trainable: bool
) -> tf.Tensor:
  """What a column gives a network: float32 (batch, size)."""
  if isinstance(column, _tf.EmbeddingColumn):
    ids = column.categorical_column
    _, looked_up = _looked_up(
      [ids.num_buckets, column.dimension],
      ids._get_sparse_tensors(builder),  # noqa: SLF001
      column.initializer,
      column.combiner,
      collections,
      column.max_norm,
      trainable=trainable and column.trainable,
      checkpoint=(column.ckpt_to_load_from, column.tensor_name_in_ckpt),
    )
    return looked_up
  dense = column._get_dense_tensor(builder, collections, trainable)  # noqa: SLF001
  return tf.reshape(dense, [-1, column.variable_shape.num_elements()])


def _looked_up(
  shape: list[int],
  found: Any,
  initializer: Callable[..., Any],
  combiner: str,
  collections: Any,
  max_norm: float | None = None,
  *,
  trainable: bool,
  checkpoint: tuple[Any, Any] = (None, None),
) -> tuple[Any, tf.Tensor]:
  """A variable of weights of ids, and those of each example combined."""
  variable = _variable('weights', shape, initializer, collections, trainable)
  if checkpoint[0] is not None:
    v1.train.init_from_checkpoint(checkpoint[0], {checkpoint[1]: variable})
  return variable, v1.nn.safe_embedding_lookup_sparse(
    variable,
    found.id_tensor,
    sparse_weights=found.weight_tensor,
    combiner=combiner,
    max_norm=max_norm,
  )


def _variable(
  name: str,
  shape: list[Any],
  initializer: Callable[..., Any],
  collections: Any,
  trainable: bool,
) -> Any:
  keys = v1.GraphKeys
  return v1.get_variable(
    name,
    shape,
    initializer=initializer,
    trainable=trainable,
    collections=[
      *dict.fromkeys(
        [keys.GLOBAL_VARIABLES, keys.MODEL_VARIABLES, *(collections or ())]
      )
    ],
  )
