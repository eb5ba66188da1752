"""Builds a linear model over feature columns."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.networks import (
  column_variables,
  families,
  lookups,
  network,
  single_valued,
)
from tfcompat_estimator.records import modes

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Output(network.Output):
  """What the model made, and what it is made of.

  Attributes:
    columns: The feature columns, in the order of their names.
    state: Keeps the columns' `weights`.
    bias: The bias, a variable.
  """

  columns: tuple[Any, ...] = ()
  state: column_variables.State | None = None
  bias: Any = None


def build(
  family: families.Family,
  units: int,
  feature_columns: Any,
  sparse_combiner: str = 'sum',
) -> network.Network:
  """Makes the model: one weight for each number or id of a column, and a bias.

  Args:
    family: The API family.
    units: The size of the logits.
    feature_columns: Feature columns, dense or categorical.
    sparse_combiner: What becomes of several ids of an example: 'sum', 'mean'
      or 'sqrtn'.
  """

  def call(features: Any, mode: str) -> network.Output:
    network.check_features(features)
    recorder = network.Recorder()
    with v1.variable_scope(
      v1.get_variable_scope(),
      auxiliary_name_scope=False,
      custom_getter=recorder.getter,
    ):
      if feature_columns and not column_variables.are_v2(feature_columns):
        logits = _of_old_columns(
          features, feature_columns, units, sparse_combiner
        )
        return network.Output(logits, recorder.trainable_variables())
      columns = column_variables.normalize(feature_columns)
      with v1.variable_scope('linear_model', auxiliary_name_scope=False):
        state = column_variables.State()
        weights = [weights_of(column, units, state) for column in columns]
        bias = zeros('bias_weights', [units])
      scope = column_variables.shared_scope(family.shared_embeddings_at_top)
      with (
        v1.name_scope(family.linear_op_scope),
        v1.variable_scope(scope, auxiliary_name_scope=False),
      ):
        # Who builds logits for a model function of their own may name no mode.
        training = mode not in (modes.ModeKeys.EVAL, modes.ModeKeys.PREDICT)
        sums = Sums(features, state, sparse_combiner, training)
        total = tf.add_n(
          [sums.of(*pair) for pair in zip(columns, weights, strict=True)],
          name='weighted_sum_no_bias',
        )
        logits = tf.nn.bias_add(total, bias, name='weighted_sum')
      recorder.add_shared(column_variables.shared_variables(columns))
    _write_summaries(weights, bias)
    return Output(
      logits,
      recorder.trainable_variables(),
      shared_variables=recorder.shared_variables(),
      columns=tuple(columns),
      state=state,
      bias=bias,
    )

  return call


def _of_old_columns(
  features: Mapping[str, Any],
  feature_columns: Any,
  units: int,
  sparse_combiner: str,
) -> tf.Tensor:
  """The same of columns of the old kind, by TensorFlow's own function."""
  variables: dict[Any, Any] = {}
  logits = v1.feature_column.linear_model(
    column_variables.without_ragged(features),
    feature_columns,
    units,
    sparse_combiner=sparse_combiner,
    cols_to_vars=variables,
  )
  bias = tf.concat(variables.pop('bias'), axis=0)
  _write_summaries(
    [part for parts in variables.values() for part in parts], bias
  )
  return logits


def weights_of(column: Any, units: int, state: column_variables.State) -> Any:
  """Makes the column's own variables and its weights; returns the latter."""
  with v1.variable_scope(
    column_variables.scope_name(column), auxiliary_name_scope=False
  ):
    column.create_state(state)
    if column_variables.is_categorical(column):
      size = column.num_buckets
    else:
      size = column.variable_shape.num_elements()
    return state.create_variable(
      column,
      'weights',
      [size, units],
      initializer=v1.zeros_initializer(),
    )


def zeros(name: str, shape: list[int]) -> Any:
  """A variable of zeros."""
  return v1.get_variable(
    name, shape, initializer=v1.zeros_initializer(), use_resource=True
  )


class Sums:
  """Sums the weights that features pick from a column's."""

  def __init__(
    self,
    features: Mapping[str, Any],
    state: column_variables.State,
    sparse_combiner: str,
    training: bool = True,
  ) -> None:
    self._training = training
    self._reader = single_valued.reader(features)
    self._cache = column_variables.transformation_cache(features)
    self._state = state
    self._combiner = sparse_combiner

  def of(self, column: Any, weights: Any) -> tf.Tensor:
    """A column's part of the logits, `[batch_size, units]`."""
    with v1.name_scope(column_variables.scope_name(column)):
      if column_variables.is_categorical(column):
        return self._of_categorical(column, weights)
      tensor = column.get_dense_tensor(self._cache, self._state)
      column_variables.warn_of_width(column, tensor)
      size = column.variable_shape.num_elements()
      tensor = tf.reshape(tensor, [tf.shape(tensor)[0], size])
      return tf.matmul(tensor, weights, name='weighted_sum')

  def _of_categorical(self, column: Any, weights: Any) -> tf.Tensor:
    whole = lookups.whole(weights)
    if whole is not None and lookups.combines(self._combiner):
      ids = self._reader.ids(column, self._cache, self._state)
      if ids is not None:
        return lookups.picked(whole, ids, self._training, 'weighted_sum')
    sparse = column.get_sparse_tensors(self._cache, self._state)
    return v1.nn.safe_embedding_lookup_sparse(
      weights,
      _rows(sparse.id_tensor),
      sparse_weights=_rows(sparse.weight_tensor),
      combiner=self._combiner,
      name='weighted_sum',
    )


def _rows(sparse: tf.SparseTensor | None) -> tf.SparseTensor | None:
  """What belongs to an example in one row, whatever its shape."""
  # To -1 no empty batch can be reshaped.
  if sparse is None or sparse.shape.rank == 2:
    return sparse
  return tf.sparse.reshape(sparse, [tf.shape(sparse)[0], -1])


def _write_summaries(weights: Sequence[Any], bias: Any) -> None:
  """Adds summaries of the bias and of how many weights are zero."""
  bias = tf.convert_to_tensor(bias)
  if bias.shape[0] == 1:
    v1.summary.scalar('bias', bias[0])
  else:
    v1.summary.histogram('bias', bias)
  with v1.name_scope('zero_fraction'):
    nonzero, size = 0.0, 0.0
    for weight in weights:
      values = tf.convert_to_tensor(weight)
      nonzero += tf.cast(tf.math.count_nonzero(values), tf.float32)
      size += float(values.shape.num_elements())
    fraction = 1.0 - nonzero / size
  v1.summary.scalar('fraction_of_zero_weights', fraction)
