"""Extends Estimators that exist already."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.loop import model_fn_call
from tfcompat_estimator.records import arguments, modes

_METRIC_FN_ARGUMENTS = ('features', 'labels', 'predictions', 'config')


class Extended(NamedTuple):
  """The Estimator to which metrics were added: the origin of another."""

  estimator: base_estimator.Estimator


def add_metrics(estimator, metric_fn):
  """Makes an Estimator that evaluates more metrics than the given one.

      def recall_of_rare(labels, predictions):
        recall = tf_keras.metrics.Recall(thresholds=0.1)
        recall.update_state(labels, predictions['logistic'])
        return {'recall_of_rare': recall}

      model = tf.estimator.add_metrics(model, recall_of_rare)

  Args:
    estimator: An Estimator, of whichever class.
    metric_fn: A function of any of these, by name: `features` and `labels`,
      what `input_fn` gave; `predictions`, those of the Estimator's
      `EstimatorSpec`; `config`, its `RunConfig`. It returns a dict of names to
      Keras metrics, updated, or to pairs of a value and an update operation.
      One of a name that the Estimator has replaces that.

  Returns:
    A new `tf.compat.v1.estimator.Estimator` with the same model, `model_dir`,
    configuration and warm start.

  Raises:
    ValueError: If `metric_fn` has other arguments.
    TypeError: If `metric_fn` is not callable.
  """
  check_metric_fn(metric_fn)
  inner = estimator.model_fn

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    spec = inner(features, labels, mode, config)
    if mode != modes.ModeKeys.EVAL:
      return spec
    added = call_metric_fn(
      metric_fn, features, labels, spec.predictions, config
    )
    return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **added})

  return base_estimator.Estimator(
    model_fn=model_fn_call.with_origin(model_fn, Extended(estimator)),
    model_dir=estimator.model_dir,
    config=estimator.config,
    warm_start_from=base_estimator.warm_start_settings_of(estimator),
  )


def call_metric_fn(
  metric_fn: Any, features: Any, labels: Any, predictions: Any, config: Any
) -> Any:
  """Calls a function of metrics with those of the arguments that it takes."""
  given = (features, labels, predictions, config)
  available = dict(zip(_METRIC_FN_ARGUMENTS, given, strict=True))
  metrics = metric_fn(**arguments.pick(metric_fn, available))
  if not isinstance(metrics, Mapping):
    raise TypeError(
      f'metric_fn ({metric_fn}) must return a dict of metrics by name, not '
      f'{arguments.brief(metrics)}.'
    )
  return metrics


def check_metric_fn(metric_fn: Any) -> None:
  """Raises ValueError if a function of metrics has other arguments."""
  unexpected = [
    name
    for name in arguments.names(metric_fn)
    if name not in (*_METRIC_FN_ARGUMENTS, 'self')
  ]
  if unexpected:
    raise ValueError(
      f'metric_fn ({metric_fn}) has following not expected args: {unexpected}. '
      f'It may take any of {_METRIC_FN_ARGUMENTS}.'
    )
