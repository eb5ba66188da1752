"""Holds what a head makes: an EstimatorSpec whose metrics are made last.

Heads that derive from those of this package return it; old programs call it
`model_fn._TPUEstimatorSpec`.
"""

import collections
import functools
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import estimator_specs

_Fields = collections.namedtuple(
  'TPUEstimatorSpec',
  (
    'mode predictions loss train_op eval_metrics export_outputs scaffold_fn '
    'host_call training_hooks evaluation_hooks prediction_hooks'
  ),
)


class TPUEstimatorSpec(_Fields):
  """The parts of an `EstimatorSpec`, some of them as functions.

  Attributes:
    eval_metrics: A pair (metric_fn, tensors), or None: `metric_fn` takes the
      tensors, a list or a dict by argument name, and returns what
      `eval_metric_ops` may be.
    scaffold_fn: Makes the `Scaffold`, of no arguments; or None.
    host_call: Not used here.
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
    """Checks what `EstimatorSpec` has too, and makes the spec.

    Raises:
      ValueError: As from `EstimatorSpec`.
      TypeError: As from `EstimatorSpec`.
    """
    cls._check_pairs(eval_metrics=eval_metrics, host_call=host_call)
    given = {
      'predictions': predictions,
      'loss': loss,
      'train_op': train_op,
      'export_outputs': export_outputs,
      'training_hooks': training_hooks,
      'evaluation_hooks': evaluation_hooks,
      'prediction_hooks': prediction_hooks,
    }
    # It has the other checks; this spec holds what it made of the arguments.
    checked = estimator_specs.EstimatorSpec(mode, **given)
    return super().__new__(
      cls,
      mode=mode,
      eval_metrics=eval_metrics,
      scaffold_fn=scaffold_fn,
      host_call=host_call,
      **{name: getattr(checked, name) for name in given},
    )

  @staticmethod
  def _check_pairs(**pairs: Any) -> None:
    """Checks pairs of a function and tensors, by their names."""

  def as_estimator_spec(self):
    """The `EstimatorSpec` of the same, its functions called."""
    metrics, hooks = self._called()
    return estimator_specs.EstimatorSpec(
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

  def _called(self) -> tuple[Any, tuple[Any, ...]]:
    """The metrics, and hooks that go with them."""
    if not self.eval_metrics:
      return None, ()
    metric_fn, tensors = self.eval_metrics
    is_dict = isinstance(tensors, Mapping)
    return metric_fn(**tensors) if is_dict else metric_fn(*tensors), ()


def create_eval_metrics_tuple(
  fn: Callable[..., Any], kwargs: Mapping[str, Any]
) -> tuple[Callable[..., Any], dict[str, tf.Tensor]]:
  """The `eval_metrics` of a spec: a function and its tensors.

  Args:
    fn: Makes the metrics.
    kwargs: Its arguments, by name; those that are no tensors go with `fn`.
  """
  tensors = {k: v for k, v in kwargs.items() if tf.is_tensor(v)}
  others = {k: v for k, v in kwargs.items() if k not in tensors}
  return functools.partial(fn, **others), tensors
