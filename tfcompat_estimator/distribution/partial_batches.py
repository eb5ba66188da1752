"""Evaluates the batches that are too few to give one to each replica."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import hook_protocol

v1 = tf.compat.v1
logging = tf.compat.v1.logging


def hooks(
  cardinality: tf.Tensor | None, updates: Sequence[tf.Operation]
) -> list[v1.train.SessionRunHook]:
  """The hook below, if there is anything for it to do."""
  if cardinality is None or len(updates) == 1:
    return []
  return [LeftoversHook(cardinality, updates)]


class LeftoversHook(hook_protocol.EngineHook):
  """Ends an evaluation with the replicas for which a batch is left.

  A run takes a batch for each replica. An input of 5 batches for 2 replicas is
  evaluated in two runs and one of the first replica alone, so that the metrics
  are those of all examples. That needs the number of batches, which a dataset
  knows unless it was filtered, generated or read from files.

  Args:
    cardinality: The number of batches, a scalar int64 tensor as of
      `tf.data.Dataset.cardinality`, -1 or -2 where it has no end or is unknown.
    updates: What takes a batch into the metrics, for each replica.
  """

  def __init__(self, cardinality: tf.Tensor, updates: Sequence[tf.Operation]):
    self._cardinality = cardinality
    self._updates = list(updates)
    self._whole = self._left = self._runs = 0

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    count = max(0, session.run(self._cardinality))
    self._whole, self._left = divmod(count, len(self._updates))
    self._runs = 0
    if self._left and not self._whole:
      self._take_in(session)

  def runs_before_control(self, global_step: int) -> float:
    """How many runs follow that this hook need not see."""
    del global_step
    return self._whole - self._runs - 1 if self._left else hook_protocol.NEVER

  def skipped(self, runs: int) -> None:
    """Counts runs that it has not seen."""
    self._runs += runs

  def after_run(self, run_context: Any, run_values: Any) -> None:
    del run_values
    self._runs += 1
    is_over = self._left and self._runs == self._whole
    if is_over and not run_context.stop_requested:
      self._take_in(run_context.session)
      run_context.request_stop()

  def end(self, session: Any) -> None:
    del session
    if not self._runs and not self._left:
      logging.warning(
        'Nothing was evaluated: the input has fewer batches than there are '
        f'replicas ({len(self._updates)}), and does not tell how many. Make them '
        'smaller, apply tf.data.experimental.assert_cardinality to the dataset, '
        'or evaluate without eval_distribute.'
      )

  def _take_in(self, session: Any) -> None:
    try:
      session.run(self._updates[: self._left])
    except tf.errors.OutOfRangeError:
      # A model whose replicas exchange values reads a batch for each.
      logging.warning(
        f'The last {self._left} batches were not evaluated: the model needs a '
        f'batch for each of {len(self._updates)} replicas.'
      )
