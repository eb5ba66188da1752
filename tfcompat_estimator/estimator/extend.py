"""Extends Estimators that exist already."""

from typing import Any

from tfcompat_estimator.estimator import estimator as estimator_lib
from tfcompat_estimator.spec import arguments, modes

_METRIC_FN_ARGUMENTS = ('features', 'labels', 'predictions', 'config')


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
    added = metric_fn(
      **arguments.pick(
        metric_fn,
        {
          'features': features,
          'labels': labels,
          'predictions': spec.predictions,
          'config': config,
        },
      )
    )
    return spec._replace(eval_metric_ops={**spec.eval_metric_ops, **added})

  model_fn.extends = estimator  # type: ignore[attr-defined]
  return estimator_lib.Estimator(
    model_fn=model_fn,
    model_dir=estimator.model_dir,
    config=estimator.config,
    warm_start_from=estimator_lib.warm_start_settings_of(estimator),
  )


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
