"""Rebuilds small private functions of old modules that programs import.

Model functions that people wrote began as copies of the canned ones, and import
what those called.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.canned import dnn_linear_combined, optimizers
from tfcompat_estimator.canned import family as families
from tfcompat_estimator.canned import linear as linear_models
from tfcompat_estimator.canned.networks import baseline, dnn, linear, network
from tfcompat_estimator.checkpoint import source
from tfcompat_estimator.inputs import call
from tfcompat_estimator.loop import reporting
from tfcompat_estimator.saved_models import receivers
from tfcompat_estimator.tpu import config as tpu_config

v1 = tf.compat.v1


# --- canned -------------------------------------------------------------------


def baseline_logit_fn_builder(
  num_outputs: int, weight_column: Any = None
) -> Callable[[Any], tf.Tensor]:
  """Makes a function of features that gives a bias for each example."""
  del weight_column  # the features say how many examples there are
  build = baseline.build(num_outputs)

  def baseline_logit_fn(features: Any) -> tf.Tensor:
    """Builds the model."""
    with v1.variable_scope('baseline'):
      return build(features, '').logits

  return baseline_logit_fn


def dnn_logit_fn_builder_v2(
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any,
  dropout: float | None,
  batch_norm: bool,
) -> Callable[[Any, str], tf.Tensor]:
  """Makes a function of features and mode that builds a v2 deep network."""
  build = _deep_v2(
    units, hidden_units, feature_columns, activation_fn, dropout, batch_norm
  )

  def dnn_logit_fn(features: Any, mode: str) -> tf.Tensor:
    """Builds the network."""
    with v1.variable_scope('dnn'):
      return build(features, mode).logits

  return dnn_logit_fn


def _deep_v2(
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any,
  dropout: float | None,
  batch_norm: bool,
) -> network.Network:
  if not isinstance(units, int):
    raise ValueError(f'units must be an int. Given type: {type(units)}')
  return dnn.build(
    families.V2,
    units,
    hidden_units,
    feature_columns,
    activation_fn=activation_fn,
    dropout=dropout,
    batch_norm=batch_norm,
  )


def linear_logit_fn_builder_v2(
  units: int, feature_columns: Any, sparse_combiner: str = 'sum'
) -> Callable[[Any], tf.Tensor]:
  """Makes a function of features that builds a v2 linear model."""
  build = linear.build(families.V2, units, feature_columns, sparse_combiner)

  def linear_logit_fn(features: Any) -> tf.Tensor:
    """Builds the model."""
    return build(features, '').logits

  return linear_logit_fn


def dnn_model_fn_builder_v2(
  units: int,
  hidden_units: Sequence[int],
  feature_columns: Any,
  activation_fn: Any,
  dropout: float | None,
  batch_norm: bool,
  features: Any,
  mode: str,
) -> tuple[tf.Tensor, list[tf.Variable], list[Any]]:
  """Builds a v2 deep network: logits, trainable variables, update ops."""
  build = _deep_v2(
    units, hidden_units, feature_columns, activation_fn, dropout, batch_norm
  )
  with v1.variable_scope('dnn'):
    made = build(features, mode)
  return (
    made.logits,
    list(made.trainable_variables),
    list(made.update_ops or ()),
  )


def linear_model_fn_builder_v2(
  units: int,
  feature_columns: Any,
  sparse_combiner: str = 'sum',
  features: Any = None,
) -> tuple[tf.Tensor, list[tf.Variable]]:
  """Builds a v2 linear model: logits, and trainable variables."""
  build = linear.build(families.V2, units, feature_columns, sparse_combiner)
  made = build(features, '')
  return made.logits, list(made.trainable_variables)


def get_dnn_estimator_spec(
  use_tpu: bool,
  head: Any,
  features: Any,
  labels: Any,
  mode: str,
  logits: tf.Tensor,
  optimizer: Any,
) -> Any:
  """The spec that a head makes of a deep network's logits."""
  make = head.create_estimator_spec
  if use_tpu:
    make = head._create_tpu_estimator_spec  # noqa: SLF001  # old heads have it
  return make(
    features=features,
    mode=mode,
    labels=labels,
    optimizer=optimizer,
    logits=logits,
  )


def name_from_scope_name(name: str | None) -> str | None:
  """The name of an operation, of that of a scope."""
  return name.removesuffix('/') if name else name


def get_previous_name_scope() -> str:
  """The name scope around the current one, with a slash."""
  current = v1.get_default_graph().get_name_scope()
  return f'{current.rpartition("/")[0]}/'


def get_expanded_variable_list(var_list: Iterable[Any]) -> list[tf.Variable]:
  """The variables, parts of partitioned ones one by one."""
  parts: list[tf.Variable] = []
  for variable in var_list:
    one = isinstance(variable, tf.Variable) or tf.is_tensor(variable)
    parts.extend([variable] if one else list(variable))
  return parts


def linear_learning_rate(num_linear_feature_columns: int) -> float:
  """The learning rate of a wide part: 1 / sqrt(columns), 0.005 at most."""
  return min(
    dnn_linear_combined.LINEAR_LEARNING_RATE,
    1 / math.sqrt(num_linear_feature_columns),
  )


def _linear_rate(feature_columns: Sequence[Any]) -> float:
  return min(
    linear_models.LEARNING_RATE,
    1 / math.sqrt(len(feature_columns)),
  )


def get_default_optimizer(feature_columns: Sequence[Any]) -> Any:
  """The optimizer of v1 linear models."""
  return optimizers.resolve_v1('Ftrl', _linear_rate(feature_columns))


def get_default_optimizer_v2(feature_columns: Sequence[Any]) -> Any:
  """The optimizer of v2 linear models."""
  return optimizers.resolve_v2('Ftrl', _linear_rate(feature_columns))


def compute_fraction_of_zero(variables: Iterable[Any]) -> tf.Tensor:
  """The fraction of zeros among the values of variables, a float scalar."""
  flat: list[tf.Tensor] = []
  for variable in variables:
    parts = variable if isinstance(variable, list | tuple) else [variable]
    flat.extend(tf.reshape(part, [-1]) for part in parts)
  return tf.nn.zero_fraction(tf.concat(flat, axis=0))


def validate_feature_columns(
  linear_feature_columns: Any, dnn_feature_columns: Any
) -> list[Any]:
  """Both lists in one.

  Raises:
    ValueError: Both are empty.
  """
  columns = [*(linear_feature_columns or ()), *(dnn_feature_columns or ())]
  if not columns:
    raise ValueError(
      'Either linear_feature_columns or dnn_feature_columns must be defined.'
    )
  return columns


def check_no_sync_replicas_optimizer(optimizer: Any) -> None:
  """Raises ValueError for an optimizer that waits for other workers."""
  if isinstance(optimizer, v1.train.SyncReplicasOptimizer):
    raise ValueError(
      'SyncReplicasOptimizer does not support multi optimizers case. Given: '
      f'{optimizer}. Give the optimizer that it wraps.'
    )


# --- head ---------------------------------------------------------------------


def no_op_train_fn(loss: tf.Tensor) -> tf.Operation:
  """Trains nothing: each of several heads gets it."""
  del loss
  return tf.no_op()


def default_export_output(
  export_outputs: Mapping[str, Any], head_name: str
) -> Any:
  """The output for serving by default, of those of a head."""
  key = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
  if len(export_outputs) == 1:
    return next(iter(export_outputs.values()))
  if key not in export_outputs:
    raise ValueError(
      f'{head_name} did not specify default export_outputs. Given: '
      f'{export_outputs}. Make one of them {key!r}.'
    )
  return export_outputs[key]


# --- estimator, export, run_config, util --------------------------------------


def check_checkpoint_available(model_dir: str) -> None:
  """Raises ValueError where there is no checkpoint."""
  if source.latest(model_dir) is None:
    raise ValueError(
      f'Could not find trained model in model_dir: {model_dir}. Train it first.'
    )


def write_dict_to_summary(
  output_dir: str, dictionary: Mapping[str, Any], current_global_step: int
) -> None:
  """Writes metrics to an event file."""
  reporting.write_metrics(
    output_dir, dict(dictionary), current_global_step, checkpoint_path=None
  )


def build_supervised_input_receiver_fn_from_input_fn(
  input_fn: Callable[..., Any], **input_fn_args: Any
) -> Callable[[], Any]:
  """Makes a receiver function of placeholders like what an `input_fn` gives.

  Args:
    input_fn: Returns (features, labels), or a Dataset of them.
    **input_fn_args: What to call it with.
  """
  with tf.Graph().as_default():
    inputs = call.normalize(input_fn(**input_fn_args))
    return receivers.build_raw_supervised_input_receiver_fn(
      inputs.features, inputs.labels
    )


def count_ps(cluster_spec: Any) -> int:
  """The number of parameter servers of a `ClusterSpec`."""
  if not cluster_spec:
    raise RuntimeError(
      'Internal error: `_count_ps` does not expect empty cluster_spec.'
    )
  return len(cluster_spec.as_dict().get('ps', ()))


def count_worker(cluster_spec: Any, chief_task_type: str) -> int:
  """The number of workers of a `ClusterSpec`, its chief included."""
  if not cluster_spec:
    raise RuntimeError(
      'Internal error: `_count_worker` does not expect empty cluster_spec.'
    )
  tasks = cluster_spec.as_dict()
  return len(tasks.get('worker', ())) + len(tasks.get(chief_task_type, ()))


def parse_iterator_result(result: Any) -> tuple[Any, Any]:
  """Splits what an iterator gives: (features, labels), or (features, None)."""
  parsed = call.normalize(result)
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


# --- tpu ----------------------------------------------------------------------


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
