"""Rebuilds what old Estimators called in their steps.

Programs that override a step of Estimator began as copies of it, and import
these from the module where they stood.
"""

import time
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned.sdca import training as sdca
from tfcompat_estimator.loop import evaluate
from tfcompat_estimator.spec import arguments, keys

v1 = tf.compat.v1

_VALID_METRIC_FN_ARGS = frozenset(
  ('features', 'labels', 'predictions', 'config')
)


class NoGauge:
  """Stands for a gauge that counted uses of the API; it counts nothing."""

  def get_cell(self, *labels: str) -> 'NoGauge':
    """The cell of some labels."""
    del labels
    return self

  def set(self, value: Any) -> None:
    """Forgets the value."""


GAUGE = NoGauge()


# --- evaluation ---------------------------------------------------------------


def extract_metric_update_ops(
  eval_dict: Mapping[str, Any], distribution: Any = None
) -> tuple[Any, dict[str, Any]]:
  """Separates (value, update op) pairs: one op, and the values by name."""
  del distribution  # Updates of replicas are one op already.
  pairs = sorted(eval_dict.items())
  updates = [update for _, (_, update) in pairs]
  values = {name: value for name, (value, _) in pairs}
  return tf.group(*updates) if updates else None, values


def verify_and_create_loss_metric(
  eval_metric_ops: dict[str, Any], loss: tf.Tensor, distribution: Any = None
) -> None:
  """Adds the mean of the loss to the metrics.

  Raises:
    ValueError: There is a metric of that name.
  """
  del distribution  # The mean is the same in each replica.
  key = keys.MetricKeys.LOSS
  evaluate.refuse_metric(eval_metric_ops, key, f'Metric with name "{key}"')
  eval_metric_ops[key] = v1.metrics.mean(loss)


def write_checkpoint_path_to_summary(
  output_dir: str, checkpoint_path: str, current_global_step: int
) -> None:
  """Writes an event that names the checkpoint of an evaluation."""
  summary = v1.Summary()
  summary.value.add(
    tag='checkpoint_path',
    tensor=tf.make_tensor_proto(checkpoint_path, dtype=tf.string),
  )
  writer = v1.summary.FileWriterCache.get(output_dir)
  writer.add_summary(summary, current_global_step)
  writer.flush()


def call_metric_fn(
  metric_fn: Any, features: Any, labels: Any, predictions: Any, config: Any
) -> Any:
  """Calls a function of `add_metrics` with those arguments that it takes."""
  available = {
    'features': features,
    'labels': labels,
    'predictions': predictions,
    'config': config,
  }
  return metric_fn(**arguments.pick(metric_fn, available))


# --- input and placement ------------------------------------------------------


def has_dataset_or_queue_runner(maybe_tensor: Any) -> bool:
  """Whether tensors come of a dataset, or anything of a queue."""
  tensors = [
    each for each in tf.nest.flatten(maybe_tensor) if tf.is_tensor(each)
  ]
  if any(each.op.type == 'IteratorGetNext' for each in tensors):
    return True
  return bool(v1.get_collection(v1.GraphKeys.QUEUE_RUNNERS))


def get_replica_device_setter(config: Any) -> Any:
  """Places variables on the parameter servers of a RunConfig; None without."""
  if config.num_ps_replicas <= 0:
    return None
  worker = f'/job:{config.task_type}/task:{config.task_id}'
  return v1.train.replica_device_setter(
    ps_tasks=config.num_ps_replicas,
    worker_device=worker if config.task_type else '/job:worker',
    merge_devices=True,
    cluster=config.cluster_spec,
  )


# --- exporting, stopping ------------------------------------------------------


def check_sdca_classifier(
  feature_columns, n_classes, optimizer, sparse_combiner
):
  """Raises ValueError if `optimizer` is an SDCA that cannot train such a model.

  Old modules call it `_validate_linear_sdca_optimizer_for_linear_classifier`.
  """
  del feature_columns
  if sdca.is_sdca(optimizer):
    sdca.check_model(n_classes=n_classes, sparse_combiner=sparse_combiner)


def check_sdca_regressor(
  feature_columns, label_dimension, optimizer, sparse_combiner
):
  """As `check_sdca_classifier`, for `..._for_linear_regressor`."""
  del feature_columns
  if sdca.is_sdca(optimizer):
    sdca.check_model(
      label_dimension=label_dimension, sparse_combiner=sparse_combiner
    )


class StopAtSecsHook(v1.train.SessionRunHook):
  """Stops some seconds after the graph was finished."""

  def __init__(self, stop_after_secs):
    self._stop_after_secs = stop_after_secs
    self._start = 0.0

  def begin(self) -> None:
    self._start = time.time()

  def after_run(self, run_context, run_values) -> None:
    del run_values
    if time.time() - self._start >= self._stop_after_secs:
      run_context.request_stop()
