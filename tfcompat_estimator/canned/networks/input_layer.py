"""Concatenates the dense tensors of feature columns."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.networks import (
  column_variables,
  families,
  lookups,
  network,
  single_valued,
)

v1 = tf.compat.v1


def build(
  family: families.Family,
  features: Mapping[str, Any],
  feature_columns: Any,
  training: bool,
  recorder: network.Recorder,
  scope: str = 'input_layer',
) -> tf.Tensor:
  """Makes one tensor of all columns.

  Args:
    family: The API family.
    features: Dict of names to tensors.
    feature_columns: Dense columns.
    training: Whether in `TRAIN`.
    recorder: Records variables that columns make without its knowledge.
    scope: The scope of operations and variables.

  Returns:
    A float tensor `[batch_size, sum of the columns' sizes]`.

  Raises:
    ValueError: If the columns are wrong.
  """
  column_variables.check_list(feature_columns)
  # A list of columns of the old kind has its own function, with the same names.
  if feature_columns and not column_variables.are_v2(feature_columns):
    return v1.feature_column.input_layer(
      column_variables.without_ragged(features), feature_columns
    )
  columns = column_variables.normalize(feature_columns)
  column_variables.check_dense(columns)
  state = column_variables.State()
  shared_scope = column_variables.shared_scope(family.shared_embeddings_at_top)
  with v1.variable_scope(scope):
    for column in columns:
      with v1.variable_scope(
        column_variables.scope_name(column),
        auxiliary_name_scope=family.columns_have_two_name_scopes,
      ) as state.scope:
        own = column_variables.shared_scope(family.shared_embeddings_at_top)
        with v1.variable_scope(own, auxiliary_name_scope=False):
          column.create_state(state)
    for variable in state.own_variables():
      recorder.add(variable)
    cache = column_variables.transformation_cache(features)
    reader = single_valued.reader(features)
    tensors = []
    for column in columns:
      with v1.name_scope(column_variables.scope_name(column)):
        with v1.variable_scope(shared_scope, auxiliary_name_scope=False):
          tensor = lookups.dense(column, reader, cache, state, training)
          if tensor is None:
            tensor = column_variables.dense_tensor(
              column, cache, state, training
            )
        column_variables.warn_of_width(column, tensor)
        tensors.append(_flat(tensor, column.variable_shape.num_elements()))
    recorder.add_shared(column_variables.shared_variables(columns))
    _check_batch_sizes(tensors, columns)
    return tf.concat(tensors, -1)


def _flat(tensor: tf.Tensor, size: int) -> tf.Tensor:
  """The tensor as `[batch_size, size]`."""
  if tensor.shape.rank == 2 and tensor.shape.as_list()[1] == size:
    return tf.reshape(tensor, [-1, size])  # programs know it by its name
  return tf.reshape(tensor, [tf.shape(tensor)[0], size])


def _check_batch_sizes(tensors: list[tf.Tensor], columns: list[Any]) -> None:
  sizes = [tf.compat.dimension_value(tensor.shape[0]) for tensor in tensors]
  known = {
    size: column.name
    for size, column in zip(sizes, columns, strict=True)
    if size is not None
  }
  if len(known) > 1:
    raise ValueError(
      'Batch size (first dimension) of each feature must be same. Batch sizes '
      f'and columns: {known}.'
    )
