"""Makes steps of stochastic dual coordinate ascent."""

import dataclasses
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.sdca import duals, sdca_examples, sdca_weights

v1 = tf.compat.v1


@dataclasses.dataclass(frozen=True)
class Settings:
  """What SDCA minimizes, and how.

  Attributes:
    loss_type: 'logistic_loss' or 'squared_loss'.
    l1: The factor of the sum of absolute weights.
    l2: The factor of half the sum of squared weights.
    loss_partitions: How many train ops work on the weights at a time.
    adaptive: Whether examples that matter more are taken more often.
    table_shards: Over how many tables the dual variables are spread.
  """

  loss_type: str
  l1: float
  l2: float
  loss_partitions: int = 1
  adaptive: bool = False
  table_shards: int = 1

  def __post_init__(self) -> None:
    if self.l1 < 0:
      raise ValueError(
        f'symmetric_l1_regularization should be non-negative. Given: {self.l1}.'
      )
    if self.l2 <= 0:
      raise ValueError(
        f'symmetric_l2_regularization should be positive. Given: {self.l2}. '
        'Values from 1 on work well.'
      )


class Solver:
  """SDCA over one batch of examples; its state is in variables and a table.

  Args:
    examples: The batch.
    settings: What to minimize.
  """

  def __init__(
    self, examples: sdca_examples.Examples, settings: Settings
  ) -> None:
    self._examples = examples
    self._settings = settings
    self._sparse = [sdca_weights.Weights(f.weights) for f in examples.sparse]
    self._dense = [sdca_weights.Weights(f.weights) for f in examples.dense]
    self._table = duals.DualTable(settings.table_shards)
    v1.summary.scalar('approximate_duality_gap', self._duality_gap())
    v1.summary.scalar('examples_seen', self._table.size())

  def minimize(self, global_step: Any) -> tf.Operation:
    """One step over the batch; it advances the global step.

    The weights of the model stay: see `update_weights`.
    """
    with v1.name_scope('sdca/minimize'):
      keys = tf.raw_ops.SdcaFprint(input=self._examples.ids)
      ids = [tf.unique(f.ids).y for f in self._examples.sparse]
      result = self._run(keys, ids)
      updates = [self._table.insert(keys, result.out_example_state_data)]
      for weights, *change in zip(
        self._sparse, ids, result.out_delta_sparse_weights, strict=True
      ):
        updates += weights.add_rows(*change)
      for weights, deltas in zip(
        self._dense, result.out_delta_dense_weights, strict=True
      ):
        updates += weights.add(deltas)
      with tf.control_dependencies(updates):
        return global_step.assign_add(1, read_value=False)

  def update_weights(self, train_op: tf.Operation) -> tf.Operation:
    """Brings what `train_op` has found into the model."""
    by = self._settings.l1 / self._settings.l2
    with tf.control_dependencies([train_op]):
      return tf.group(
        *(
          assignment
          for weights in (*self._sparse, *self._dense)
          for assignment in weights.shrink(by)
        )
      )

  def _run(self, keys: tf.Tensor, ids: list[tf.Tensor]) -> Any:
    examples, settings = self._examples, self._settings
    return tf.raw_ops.SdcaOptimizerV2(
      sparse_example_indices=[f.rows for f in examples.sparse],
      sparse_feature_indices=[f.ids for f in examples.sparse],
      sparse_feature_values=[f.values for f in examples.sparse],
      dense_features=[f.values for f in examples.dense],
      example_weights=examples.weights,
      example_labels=examples.labels,
      sparse_indices=ids,
      sparse_weights=[
        weights.gather(rows)
        for weights, rows in zip(self._sparse, ids, strict=True)
      ],
      dense_weights=[weights.read() for weights in self._dense],
      example_state_data=self._table.lookup(keys),
      loss_type=settings.loss_type,
      l1=settings.l1,
      l2=settings.l2,
      num_loss_partitions=settings.loss_partitions,
      num_inner_iterations=1,
      adaptive=settings.adaptive,
    )

  def _duality_gap(self) -> tf.Tensor:
    """How far the mean loss is above its minimum, at most.

    Losses are those at the last step of each example, so it is an estimate.
    """
    with v1.name_scope('sdca/approximate_duality_gap'):
      absolute, squared = [], []
      for weights in (*self._sparse, *self._dense):
        for part in weights.parts:
          values = tf.cast(part, tf.float64)
          absolute.append(tf.reduce_sum(tf.abs(values)))
          squared.append(tf.reduce_sum(tf.square(values)))
      # The l2 terms of the primal and the dual problem are equal.
      regularization = self._settings.l1 * tf.add_n(
        absolute
      ) + self._settings.l2 * tf.add_n(squared)
      sums = self._table.sums()
      losses = sums[duals.PRIMAL_LOSS] + sums[duals.DUAL_LOSS]
      return (losses + regularization) / sums[duals.WEIGHT]
