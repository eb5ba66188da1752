"""Calls a model function for each replica and makes one spec of its specs."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.session_emulation import components

v1 = tf.compat.v1
CallModelFn = Callable[[Any, Any], estimator_specs.EstimatorSpec]
Metrics = tuple[tf.Operation, dict[str, Any]]


def training_spec(
  strategy: Any, parts: Sequence[tuple[Any, Any]], call_model_fn: CallModelFn
) -> estimator_specs.EstimatorSpec:
  """One spec for all replicas, of mode TRAIN.

  Its loss is what TensorFlow 2.15 reports: the mean of the replicas' losses if
  the optimizer is one of `tf.compat.v1.train`, which divides them, else their
  sum. The hooks are those of the first replica.

  Args:
    strategy: The strategy, in whose scope this must be called.
    parts: The features and labels of each replica.
    call_model_fn: Takes these two; returns the spec.

  Raises:
    ValueError: The optimizer does not work under the strategy.
  """
  specs, losses = _call_each(strategy, parts, call_model_fn)
  _check_names(strategy)
  first = specs[0]
  loss = strategy.reduce(_loss_reduction(), losses, axis=None)
  return first._replace(
    loss=loss,
    train_op=tf.group(*[spec.train_op for spec in specs]),
    scaffold=_scaffold(specs),
  )


def evaluation(
  strategy: Any,
  parts: Sequence[tuple[Any, Any]],
  call_model_fn: CallModelFn,
  metrics_of: Callable[[estimator_specs.EstimatorSpec], Metrics],
) -> tuple[estimator_specs.EstimatorSpec, list[tf.Operation], dict[str, Any]]:
  """One spec for all replicas, of mode EVAL, what updates the metrics of each of
  them, and the metrics' values.

  Each replica updates its own share of a metric; the value is that of all.

  Args:
    strategy: As for `training_spec`.
    parts: As for `training_spec`.
    call_model_fn: As for `training_spec`.
    metrics_of: Takes the spec of a replica; returns the operation that updates
      its metrics and their values.
  """
  metrics: dict[int, Metrics] = {}

  def call(features: Any, labels: Any) -> estimator_specs.EstimatorSpec:
    spec = call_model_fn(features, labels)
    metrics[_index(strategy)] = metrics_of(spec)
    return spec

  specs, _ = _call_each(strategy, parts, call)
  updates = [metrics[index][0] for index in sorted(metrics)]
  return specs[0]._replace(scaffold=_scaffold(specs)), updates, metrics[0][1]


def _call_each(
  strategy: Any, parts: Sequence[tuple[Any, Any]], call_model_fn: CallModelFn
) -> tuple[list[estimator_specs.EstimatorSpec], Any]:
  """The specs of the replicas of this process, and their losses, grouped."""
  specs: dict[int, estimator_specs.EstimatorSpec] = {}

  # A model function is graph code already; conversion would change the types
  # of the exceptions that come out of it.
  @tf.autograph.experimental.do_not_convert
  def call() -> Any:
    index = _index(strategy)
    specs[index] = call_model_fn(*parts[index])
    return specs[index].loss

  losses = strategy.extended.call_for_each_replica(call)
  _take_parts_out()
  return [specs[index] for index in sorted(specs)], losses


def _take_parts_out() -> None:
  """Leaves in the collections what stands for all replicas, not its parts.

  A strategy (TensorFlow 2.16 to 2.21) does so with parts made by `get_variable`;
  those that `tf.Variable` makes for it, as in Keras 3, stay in them besides.
  """
  components.take_out(
    part
    for variable in [*v1.global_variables(), *v1.trainable_variables()]
    for part in components.of(variable)
    if part is not variable
  )


def _index(strategy: Any) -> int:
  """The number of the replica that is called, in this process."""
  context = tf.distribute.get_replica_context()
  index = int(tf.get_static_value(context.replica_id_in_sync_group))
  return index % strategies.replicas_here(strategy)


def _check_names(strategy: Any) -> None:
  """Raises if a Saver could not tell the variables apart.

  That is what becomes of the slots of Keras optimizers in the one place where
  CentralStorageStrategy puts the variables of all replicas.
  """
  seen: dict[str, Any] = {}
  for variable in v1.global_variables():
    part = components.first(variable)
    is_slice = getattr(variable, '_save_slice_info', None) is not None
    if seen.setdefault(part.op.name, part) is not part and not is_slice:
      raise ValueError(
        f'Under {strategy!r} the replicas made several variables '
        f'{part.op.name!r}, which a checkpoint cannot hold. Use an optimizer of '
        'tf.compat.v1.train, or tf.distribute.MirroredStrategy.'
      )


def _loss_reduction() -> tf.distribute.ReduceOp:
  is_scaled = getattr(
    v1.get_default_graph(), '_is_loss_scaled_by_optimizer', False
  )
  if is_scaled:
    return v1.distribute.get_loss_reduction()
  return tf.distribute.ReduceOp.SUM


def _scaffold(
  specs: Sequence[estimator_specs.EstimatorSpec],
) -> v1.train.Scaffold:
  """One scaffold for those of all replicas.

  What initializes runs for each of them; there is one saver, one summary.
  """
  merged = {}
  for name, merge in _MERGED.items():
    # A Scaffold wraps the init_fn that it was given.
    held = '_user_init_fn' if name == 'init_fn' else name
    values = [getattr(spec.scaffold, held) for spec in specs]
    merged[name] = merge([value for value in values if value is not None])
  return v1.train.Scaffold(**merged)


def _first(values: Sequence[Any]) -> Any:
  return values[0] if values else None


def _grouped(ops: Sequence[Any]) -> tf.Operation | None:
  return tf.group(*ops) if ops else None


def _merged(feeds: Sequence[dict[Any, Any]]) -> dict[Any, Any] | None:
  if not feeds:
    return None
  return {key: value for feed in feeds for key, value in feed.items()}


def _concatenated(missing: Sequence[tf.Tensor]) -> tf.Tensor | None:
  """The names of what is not ready in any replica."""
  return tf.concat(missing, axis=0) if missing else None


# The arguments of a Scaffold, and what becomes of those of all replicas.
_MERGED: dict[str, Callable[[Any], Any]] = {
  'init_op': _grouped,
  'init_feed_dict': _merged,
  'init_fn': _first,
  'local_init_op': _grouped,
  'local_init_feed_dict': _merged,
  'ready_op': _concatenated,
  'ready_for_local_init_op': _concatenated,
  'summary_op': _first,
  'saver': _first,
}
