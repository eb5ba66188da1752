"""Holds what the model function of a TPUEstimator returns."""

from typing import Any

from tfcompat_estimator.spec import estimator_spec, tpu_estimator_spec
from tfcompat_estimator.tpu import host_calls


class TPUEstimatorSpec(tpu_estimator_spec.TPUEstimatorSpec):
  """The operations and objects that a `model_fn` hands to a `TPUEstimator`.

  In place of metrics, a scaffold and summaries it has functions that make them:
  on a TPU they would run on the host, on tensors that the device sends there.
  """

  __slots__ = ()

  def __new__(
    cls,
    mode,
    predictions=None,
    loss=None,
    train_op=None,
    eval_metrics=None,
    export_outputs=None,
    scaffold_fn=None,
    host_call=None,
    training_hooks=None,
    evaluation_hooks=None,
    prediction_hooks=None,
  ):
    """Checks the functions and hooks and makes the spec.

    Args:
      mode: A `ModeKeys` value.
      predictions: As in `EstimatorSpec`.
      loss: As in `EstimatorSpec`.
      train_op: As in `EstimatorSpec`.
      eval_metrics: A pair (metric_fn, tensors): `metric_fn` takes the tensors,
        a list or a dict by argument name, and returns what `eval_metric_ops`
        of an `EstimatorSpec` may be.
      export_outputs: As in `EstimatorSpec`.
      scaffold_fn: A function of no arguments that returns a `Scaffold`.
      host_call: A pair (function, tensors) likewise; what the function returns
        is run at each step.
      training_hooks: `SessionRunHook`s for training.
      evaluation_hooks: `SessionRunHook`s for evaluation.
      prediction_hooks: `SessionRunHook`s for prediction.

    Raises:
      ValueError: What the mode needs is missing, or a pair is none.
      TypeError: A function is not callable, or a hook of the wrong type.
      RuntimeError: A function takes another number of tensors.
    """
    for name, pair in (
      ('eval_metrics', eval_metrics),
      ('host_call', host_call),
    ):
      if pair is not None:
        host_calls.check(name, pair)
    return super().__new__(
      cls,
      mode,
      predictions=predictions,
      loss=loss,
      train_op=train_op,
      eval_metrics=eval_metrics,
      export_outputs=export_outputs,
      scaffold_fn=scaffold_fn,
      host_call=host_call,
      training_hooks=training_hooks,
      evaluation_hooks=evaluation_hooks,
      prediction_hooks=prediction_hooks,
    )

  def as_estimator_spec(self):
    """The `EstimatorSpec` of the same, its functions called."""
    metrics = None
    hooks: tuple[Any, ...] = ()
    if self.eval_metrics is not None:
      metrics = host_calls.call('eval_metrics', self.eval_metrics)
    if self.host_call is not None:
      fetches = host_calls.call('host_call', self.host_call)
      hooks = (host_calls.HostCallHook(fetches),)
    return estimator_spec.EstimatorSpec(
      mode=self.mode,
      predictions=self.predictions,
      loss=self.loss,
      train_op=self.train_op,
      eval_metric_ops=metrics,
      export_outputs=self.export_outputs,
      scaffold=self.scaffold_fn() if self.scaffold_fn else None,
      training_hooks=self.training_hooks + hooks,
      evaluation_hooks=self.evaluation_hooks + hooks,
      prediction_hooks=self.prediction_hooks + hooks,
    )
