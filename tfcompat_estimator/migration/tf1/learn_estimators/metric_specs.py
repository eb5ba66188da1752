"""Metrics that `evaluate` of `tf.contrib.learn` is given."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

# Names that arguments of metric functions have.
_NAMES = {
  'labels': ('labels', 'label', 'targets', 'target'),
  'predictions': ('predictions', 'prediction', 'logits', 'logit'),
  'weights': ('weights', 'weight'),
}


class MetricSpec:
  """A metric function, and what of the model it is called with."""

  def __init__(
    self,
    metric_fn: Callable[..., Any],
    prediction_key: str | None = None,
    label_key: str | None = None,
    weight_key: str | None = None,
  ):
    """Makes it.

    Args:
      metric_fn: Of predictions, and of labels and weights if it has such
        arguments; gives a value, or a value and an update.
      prediction_key: Of the prediction; None if there is one.
      label_key: Of the labels; None if there is one tensor.
      weight_key: Of the feature that has weights; None for no weights.

    Raises:
      ValueError: `metric_fn` has no argument for what is named.
    """
    self._given = metric_fn
    self.prediction_key = prediction_key
    self.label_key = label_key
    self.weight_key = weight_key
    names = _arguments(metric_fn)
    self._first = names[0] if names else None
    self._taken = {
      what: _argument(
        metric_fn,
        names,
        what,
        is_needed=(label_key if what == 'labels' else weight_key) is not None
        and what != 'predictions',
      )
      for what in _NAMES
    }

  @property
  def metric_fn(self) -> Callable[..., Any]:
    """The function, with the named arguments labels, predictions, weights."""
    return self._call

  def __str__(self) -> str:
    name = getattr(self._given, '__name__', None) or str(self._given)
    return (
      f'MetricSpec(metric_fn={name}, prediction_key={self.prediction_key}, '
      f'label_key={self.label_key}, weight_key={self.weight_key})'
    )

  def _call(
    self, labels: Any = None, predictions: Any = None, weights: Any = None
  ) -> Any:
    positional: list[Any] = []
    named: dict[str, Any] = {}
    of_labels, of_predictions = (
      self._taken['labels'],
      self._taken['predictions'],
    )
    if of_labels and not of_predictions and of_labels == self._first:
      positional = [labels, predictions]
    else:
      if of_predictions:
        named[of_predictions] = predictions
      else:
        positional = [predictions]
      if of_labels:
        named[of_labels] = labels
    if weights is not None:
      named[self._taken['weights'] or 'weights'] = weights
    return self._given(*positional, **named)

  def create_metric_ops(
    self, inputs: Any, labels: Any, predictions: Any
  ) -> Any:
    """Calls the function with what the keys name.

    Args:
      inputs: The features.
      labels: A tensor or a dict of them.
      predictions: A tensor or a dict of them.

    Raises:
      ValueError: A key is given where there is one tensor, or none where there
        are several.
      KeyError: There is no such key.
    """
    arguments = {
      'predictions': _pick('prediction', predictions, self.prediction_key),
      'labels': _pick('label', labels, self.label_key),
    }
    if self.weight_key:
      arguments['weights'] = _pick('weight', inputs, self.weight_key)
    return self._call(**arguments)


def _arguments(function: Any) -> list[str]:
  if isinstance(function, functools.partial):
    bound = len(function.args)
    names = _arguments(function.func)[bound:]
    return [name for name in names if name not in function.keywords]
  return list(inspect.signature(function).parameters)


def _argument(
  function: Any, names: list[str], what: str, *, is_needed: bool
) -> str | None:
  found = [name for name in names if name in _NAMES[what]]
  if len(found) > 1:
    raise ValueError(
      f'Ambiguous arguments {found} of `metric_fn` ({function}): it must have '
      f'one of {_NAMES[what]}.'
    )
  if is_needed and not found:
    raise ValueError(
      f'`metric_fn` ({function}) must have an argument for {what}: one of '
      f'{_NAMES[what]}.'
    )
  return found[0] if found else None


def _pick(what: str, values: Any, key: str | None) -> Any:
  if key:
    if not isinstance(values, dict):
      raise ValueError(
        f'MetricSpec with {what}_key ({key!r}) specified requires {what}s dict, '
        f'got {values}. You must not provide a {what}_key if you only have a '
        f'single Tensor as {what}s.'
      )
    if key not in values:
      raise KeyError(f"Key '{key}' missing from {list(values)}.")
    return values[key]
  if not isinstance(values, dict):
    return values
  if len(values) != 1:
    raise ValueError(
      f'MetricSpec without specified {what}_key requires {what}s tensor or '
      f'single element dict, got {values}'
    )
  return next(iter(values.values()))


def make_metrics(
  metrics: Mapping[Any, Any] | None,
  features: Any,
  labels: Any,
  predictions: Any,
) -> dict[str, Any]:
  """Calls the metrics of an evaluation.

  Args:
    metrics: {name: a MetricSpec or a function of predictions and labels}; a
      name may be a tuple of one and of a prediction.
    features: Of the model.
    labels: Of the model.
    predictions: Of the model.

  Raises:
    ValueError: A name tells no prediction, and there are several; or a tuple
      does, and there is one.
  """
  made = {}
  if isinstance(labels, dict) and len(labels) == 1:
    (one_label,) = labels.values()
  else:
    one_label = labels
  for name, metric in sorted((metrics or {}).items(), key=str):
    if isinstance(metric, MetricSpec):
      made[name] = metric.create_metric_ops(features, labels, predictions)
    elif isinstance(name, tuple):
      if len(name) != 2 or not isinstance(predictions, dict):
        raise ValueError(
          f'`metrics` has the name {name}, which must be one of two strings, '
          f'where predictions are a dict. They are {predictions}.'
        )
      short, key = name
      of_this = (
        labels[key] if isinstance(labels, dict) and key in labels else one_label
      )
      made[short] = metric(predictions[key], of_this)
    elif isinstance(predictions, dict):
      raise ValueError(
        f'`metrics` has the name {name!r}, which tells no prediction, but '
        f'predictions are a dict: {predictions}. Use a MetricSpec.'
      )
    else:
      made[name] = metric(predictions, one_label)
  return made
