"""`tf.contrib.learn.Estimator`, by `tf.estimator.Estimator`."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.migration.tf1 import learn_config
from tfcompat_estimator.migration.tf1.learn_estimators import (
  feeding,
  metric_specs,
  model_fn_ops,
)
from tfcompat_estimator.migration.tf1.learn_estimators import (
  monitors as monitors_lib,
)
from tfcompat_estimator.migration.tf1.learn_estimators import (
  served as served_lib,
)
from tfcompat_estimator.records import modes

v1 = tf.compat.v1


class NotFittedError(ValueError, AttributeError):
  """There is no checkpoint yet."""


class Estimator:
  """Trains, evaluates and predicts with the model of a `model_fn`."""

  def __init__(
    self,
    model_fn: Callable[..., Any] | None = None,
    model_dir: str | None = None,
    config: Any = None,
    params: Any = None,
    feature_engineering_fn: Callable[..., Any] | None = None,
  ):
    """Makes it.

    Args:
      model_fn: Of features and labels, and of mode, params, config and
        model_dir if it has such arguments; returns ModelFnOps, or a tuple of
        predictions, loss and train_op.
      model_dir: See `tf.estimator.Estimator`.
      config: A RunConfig.
      params: Given to `model_fn`, as they are.
      feature_engineering_fn: Of features and labels; returns what `model_fn`
        gets in their place.

    Raises:
      ValueError: There are `params`, and `model_fn` takes none.
    """
    if (
      model_fn is not None
      and params is not None
      and 'params' not in _arguments(model_fn)
    ):
      raise ValueError(
        f"Estimator's model_fn ({model_fn}) does not have a params argument, "
        f"but params ({params}) were passed to the Estimator's constructor."
      )
    self._model_fn = model_fn
    self.params = params
    self._engineer = feature_engineering_fn or (lambda x, y: (x, y))
    # The labels that the model was built for: one that is built to predict gets
    # placeholders of their kind.
    self._label_specs: Any = None
    core = base_estimator.Estimator(
      self._core_model_fn(), model_dir, config or learn_config.RunConfig()
    )
    self._config = core.config
    self._model_dir = core.model_dir

  @property
  def config(self) -> Any:
    """The RunConfig."""
    return self._config

  @property
  def model_dir(self) -> str:
    """Where checkpoints are."""
    return self._model_dir

  @property
  def model_fn(self) -> Callable[..., Any]:
    """A function of features, labels, mode and config that gives ModelFnOps."""
    return self._ops

  def core(
    self, metrics: Mapping[Any, Any] | None = None, served: Any = None
  ) -> Any:
    """The `tf.estimator.Estimator` of this model, with metrics of evaluation.

    Args:
      metrics: See `evaluate`.
      served: {'inputs': placeholders, 'default': of the alternatives} of an
        export, filled when it is built.
    """
    return base_estimator.Estimator(
      self._core_model_fn(metrics, served), self._model_dir, self._config
    )

  def _core_model_fn(
    self, metrics: Any = None, served: Any = None
  ) -> Callable[..., Any]:
    def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
      return self._build(features, labels, mode, config, metrics, served)

    return model_fn

  def _build(
    self,
    features: Any,
    labels: Any,
    mode: str,
    config: Any,
    metrics: Any,
    served: Any,
  ) -> Any:
    if mode == modes.ModeKeys.PREDICT:
      labels = tf.nest.map_structure(
        lambda spec: v1.placeholder(spec.dtype, spec.shape), self._label_specs
      )
    elif labels is not None:
      self._label_specs = tf.nest.map_structure(
        lambda each: (
          tf.TensorSpec([None, *each.shape[1:]], each.dtype)
          if each.shape.rank
          else tf.TensorSpec(each.shape, each.dtype)
        ),
        labels,
      )
    ops = self._ops(features, labels, mode, config)
    if metrics and mode == modes.ModeKeys.EVAL:
      ops.eval_metric_ops.update(
        metric_specs.make_metrics(metrics, features, labels, ops.predictions)
      )
    if served:
      return ops.served(served['inputs'], served['default'])
    return ops.estimator_spec()

  def _ops(
    self, features: Any, labels: Any, mode: str, config: Any = None
  ) -> model_fn_ops.ModelFnOps:
    features, labels = self._engineer(features, labels)
    known = {
      'mode': mode,
      'params': self.params,
      'config': config or self._config,
      'model_dir': self._model_dir,
    }
    assert self._model_fn is not None
    taken = _arguments(self._model_fn)
    made = self._model_fn(
      features, labels, **{k: v for k, v in known.items() if k in taken}
    )
    if isinstance(made, model_fn_ops.ModelFnOps):
      return made
    if not isinstance(made, tuple | list) or len(made) != 3:
      raise ValueError(
        f'`model_fn` must return ModelFnOps, or a tuple of predictions, loss '
        f'and train_op. It returned {made}.'
      )
    return model_fn_ops.ModelFnOps(mode, *made)

  def fit(
    self,
    x: Any = None,
    y: Any = None,
    input_fn: Callable[[], Any] | None = None,
    steps: int | None = None,
    batch_size: int | None = None,
    monitors: Any = None,
    max_steps: int | None = None,
  ) -> 'Estimator':
    """Trains the model.

    Args:
      x: An array (rows, ...) or a dict of them, if there is no `input_fn`.
      y: Labels of the rows.
      input_fn: See `tf.estimator.Estimator.train`.
      steps: How many more; None for the end of the input, which arrays have not.
      batch_size: Rows of a batch; None for all of them.
      monitors: Hooks, or monitors.
      max_steps: Until which global step, in place of `steps`.

    Returns:
      This Estimator.

    Raises:
      ValueError: Both or none of two alternatives are given.
    """
    if steps is not None and max_steps is not None:
      raise ValueError('Can not provide both steps and max_steps.')
    feeding.check(x, y, input_fn, None, batch_size)
    if input_fn is None:
      input_fn = feeding.make_input_fn(
        x, y, batch_size, shuffle=True, epochs=None
      )
    self.core().train(
      input_fn,
      hooks=monitors_lib.replace_monitors_with_hooks(monitors, self),
      steps=steps,
      max_steps=max_steps,
    )
    return self

  def partial_fit(
    self,
    x: Any = None,
    y: Any = None,
    input_fn: Callable[[], Any] | None = None,
    steps: int | None = 1,
    batch_size: int | None = None,
    monitors: Any = None,
  ) -> 'Estimator':
    """`fit`, for one step if it is not told of more."""
    return self.fit(x, y, input_fn, steps, batch_size, monitors)

  def evaluate(
    self,
    x: Any = None,
    y: Any = None,
    input_fn: Callable[[], Any] | None = None,
    feed_fn: Callable[[], Any] | None = None,
    batch_size: int | None = None,
    steps: int | None = None,
    metrics: Mapping[Any, Any] | None = None,
    name: str | None = None,
    checkpoint_path: str | None = None,
    hooks: Any = None,
    log_progress: bool = True,
  ) -> dict[str, Any]:
    """Evaluates the last checkpoint.

    Args:
      x: See `fit`.
      y: See `fit`.
      input_fn: See `tf.estimator.Estimator.evaluate`.
      feed_fn: Gives a feed_dict for each step.
      batch_size: Rows of a batch; None for all of them.
      steps: Batches; None for the end of the input.
      metrics: {name: a MetricSpec}, besides those of the model.
      name: Of the evaluation.
      checkpoint_path: None for the last.
      hooks: Of evaluation.
      log_progress: Is not read.

    Returns:
      {name of a metric: value}.

    Raises:
      NotFittedError: There is no checkpoint.
      ValueError: `metrics` are no dict; see also `fit`.
    """
    feeding.check(x, y, input_fn, feed_fn, batch_size)
    if metrics is not None and not isinstance(metrics, dict):
      raise ValueError(
        f'Metrics argument should be None or dict. Got {metrics}.'
      )
    if not checkpoint_path:
      self._need_checkpoint()
    hooks = list(hooks or [])
    if feed_fn:
      hooks.append(v1.train.FeedFnHook(feed_fn))
    if input_fn is None:
      input_fn = feeding.make_input_fn(x, y, batch_size)
    found: dict[str, Any] = self.core(metrics).evaluate(
      input_fn, steps or None, hooks, checkpoint_path, name
    )
    return found

  def predict(
    self,
    x: Any = None,
    input_fn: Callable[[], Any] | None = None,
    batch_size: int | None = None,
    outputs: Any = None,
    as_iterable: bool = True,
    iterate_batches: bool = False,
  ) -> Any:
    """Predicts with the last checkpoint.

    Args:
      x: See `fit`.
      input_fn: Of features, or of features and labels. Without queues it is
        called for one batch.
      batch_size: Rows of a batch; None for all of them.
      outputs: Names of predictions; None for all.
      as_iterable: Return an iterator; else arrays of all rows, or, of an
        `input_fn`, of the first batch.
      iterate_batches: Iterate over batches, not over rows.

    Raises:
      NotFittedError: There is no checkpoint.
    """
    feeding.check(x, None, input_fn, None, batch_size)
    self._need_checkpoint()
    batches = self._batches(x, input_fn, batch_size, outputs)
    if as_iterable:
      return batches if iterate_batches else _rows(batches)
    if x is None:
      return next(batches)
    return tf.nest.map_structure(lambda *each: np.concatenate(each), *batches)

  def _batches(
    self, x: Any, input_fn: Any, batch_size: int | None, outputs: Any
  ) -> Iterator[Any]:
    is_constant: list[bool] = []

    def called() -> Any:
      made = input_fn()
      is_constant.append(not v1.get_collection(v1.GraphKeys.QUEUE_RUNNERS))
      return made

    source = called
    if input_fn is None:
      source = feeding.make_input_fn(x, None, batch_size)
    for batch in self.core().predict(
      source, predict_keys=outputs, yield_single_examples=False
    ):
      yield batch
      if any(is_constant):
        return

  def _need_checkpoint(self) -> None:
    if not tf.train.latest_checkpoint(self._model_dir):
      raise NotFittedError(f"Couldn't find trained model at {self._model_dir}.")

  def get_variable_value(self, name: str) -> Any:
    """The value that a variable has in the last checkpoint."""
    return self.core().get_variable_value(name)

  def get_variable_names(self) -> list[str]:
    """The names of all variables of the last checkpoint."""
    names: list[str] = self.core().get_variable_names()
    return names

  def export_savedmodel(
    self,
    export_dir_base: str,
    serving_input_fn: Callable[[], Any],
    default_output_alternative_key: str | None = None,
    assets_extra: Any = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
    graph_rewrite_specs: Any = None,
    strip_default_attrs: bool = False,
  ) -> Any:
    """Exports the model to predict with.

    Args:
      export_dir_base: A folder of it is made.
      serving_input_fn: Gives InputFnOps.
      default_output_alternative_key: Of the head that answers by default.
      assets_extra: {path in the export: file}.
      as_text: Write the graph as text.
      checkpoint_path: None for the last.
      graph_rewrite_specs: Is not read.
      strip_default_attrs: Is not read.

    Returns:
      The folder of the export, bytes.
    """
    return served_lib.Served(
      self, default_output_alternative_key
    ).export_saved_model(
      export_dir_base,
      serving_input_fn,
      assets_extra=assets_extra,
      as_text=as_text,
      checkpoint_path=checkpoint_path,
    )


def _rows(batches: Iterator[Any]) -> Iterator[Any]:
  for batch in batches:
    for row in range(len(tf.nest.flatten(batch)[0])):
      yield tf.nest.map_structure(lambda each, at=row: each[at], batch)


def _arguments(function: Callable[..., Any]) -> list[str]:
  return list(inspect.signature(function).parameters)
