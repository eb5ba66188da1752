"""Rebuilds what old modules of TPUEstimator had."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tfcompat_estimator.tpu import tpu_config

CROSS_REPLICA_SUM_OP = 'CrossReplicaSum'
CTX_KEY = 'context'
RESERVED_PARAMS_KEYS = ('batch_size', 'context')


class IterationsPerLoopCounter(NamedTuple):
  """How long a loop on a TPU runs.

  Attributes:
    value: A positive int.
    unit: 'count' or 'seconds'.
  """

  value: int
  unit: str


def parse_iterations_per_loop(
  iterations_per_loop: Any,
) -> IterationsPerLoopCounter:
  """Reads `TPUConfig.iterations_per_loop`: an int, or a str such as '30s'."""
  value, unit = tpu_config.parse_iterations_per_loop(iterations_per_loop)
  return IterationsPerLoopCounter(value, unit)


def check_positive_integer(value: Any, name: str) -> None:
  """Raises TypeError or ValueError unless `value` is a positive int."""
  tpu_config.check_positive_integer(name, value)


def export_estimator_savedmodel(
  estimator: Any,
  export_dir_base: str,
  serving_input_receiver_fn: Callable[[], Any],
  assets_extra: dict[str, str] | None = None,
  as_text: bool = False,
  checkpoint_path: str | None = None,
) -> bytes:
  """Exports an Estimator; the path of the export."""
  return estimator.export_saved_model(
    export_dir_base,
    serving_input_receiver_fn,
    assets_extra,
    as_text,
    checkpoint_path,
  )
