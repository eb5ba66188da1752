"""Rebuilds what old Estimators, and modules beside them, called in their steps.

Programs that override a step of Estimator began as copies of it, and import
these from the module where they stood.
"""

import importlib.util
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.checkpoint import checkpoint_source
from tfcompat_estimator.inputs import input_call
from tfcompat_estimator.keras_interop import convert
from tfcompat_estimator.loop import evaluate_loop, reporting
from tfcompat_estimator.records import keys
from tfcompat_estimator.saved_models import receivers

v1 = tf.compat.v1

VALID_METRIC_FN_ARGS = frozenset(
  ('features', 'labels', 'predictions', 'config')
)
# Of `early_stopping`, `inputs.pandas_io` and `inputs.queues.feeding_functions`.
EVENT_FILE_GLOB_PATTERN = 'events.out.tfevents.*'
HAS_PANDAS = importlib.util.find_spec('pandas') is not None


def estimator_export(*names: str, **versions: Any) -> Callable[[Any], Any]:
  """A decorator that said under which names a class was public; it does nothing."""
  del names, versions
  return lambda exported: exported


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
  evaluate_loop.refuse_metric(eval_metric_ops, key, f'Metric with name "{key}"')
  eval_metric_ops[key] = v1.metrics.mean(loss)


def write_dict_to_summary(
  output_dir: str, dictionary: Mapping[str, Any], current_global_step: int
) -> None:
  """Writes metrics to an event file."""
  reporting.write_metrics(
    output_dir, dict(dictionary), current_global_step, checkpoint_path=None
  )


def check_checkpoint_available(model_dir: str) -> None:
  """Raises ValueError where there is no checkpoint."""
  if checkpoint_source.latest(model_dir) is None:
    raise ValueError(
      f'Could not find trained model in model_dir: {model_dir}. Train it first.'
    )


def load_global_step(checkpoint_dir: str) -> int:
  """The global step of the latest checkpoint of a directory."""
  path = tf.train.latest_checkpoint(checkpoint_dir)
  return 0 if path is None else checkpoint_source.global_step(path)


# --- input and export ---------------------------------------------------------


def has_dataset_or_queue_runner(maybe_tensor: Any) -> bool:
  """Whether tensors come of a dataset, or anything of a queue."""
  tensors = [
    each for each in tf.nest.flatten(maybe_tensor) if tf.is_tensor(each)
  ]
  if any(each.op.type == 'IteratorGetNext' for each in tensors):
    return True
  return bool(v1.get_collection(v1.GraphKeys.QUEUE_RUNNERS))


def build_supervised_input_receiver_fn_from_input_fn(
  input_fn: Callable[..., Any], **input_fn_args: Any
) -> Callable[[], Any]:
  """Makes a receiver function of placeholders like what an `input_fn` gives.

  Args:
    input_fn: Returns (features, labels), or a Dataset of them.
    **input_fn_args: What to call it with.
  """
  with tf.Graph().as_default():
    inputs = input_call.normalize(input_fn(**input_fn_args))
    return receivers.build_raw_supervised_input_receiver_fn(
      inputs.features, inputs.labels
    )


def parse_iterator_result(result: Any) -> tuple[Any, Any]:
  """Splits what an iterator gives: (features, labels), or (features, None)."""
  parsed = input_call.normalize(result)
  return parsed.features, parsed.labels


class DistributedIteratorInitializerHook(v1.train.SessionRunHook):
  """Initializes an iterator in each session that is opened."""

  def __init__(self, iterator: Any):
    self._iterator = iterator

  def begin(self) -> None:
    self._initializer = self._iterator.initialize()

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    session.run(self._initializer)


class MultiHostDatasetInitializerHook(v1.train.SessionRunHook):
  """Runs the initializers of several datasets in each session."""

  def __init__(self, dataset_initializers: Any):
    self._initializers = dataset_initializers

  def after_create_session(self, session: Any, coord: Any) -> None:
    del coord
    session.run(self._initializers)


def model_to_estimator(
  *args: Any, use_v2_estimator: bool = False, **kwargs: Any
) -> Any:
  """Either form of `model_to_estimator`, as tf_keras asks for it."""
  if use_v2_estimator:
    return convert.model_to_estimator_v2(*args, **kwargs)
  return convert.model_to_estimator(*args, **kwargs)
