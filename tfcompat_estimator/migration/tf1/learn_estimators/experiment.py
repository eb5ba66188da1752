"""Runs experiments of `tf.contrib.learn` by `tf.estimator`."""

import inspect
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.migration.tf1.learn_estimators import (
  estimator as learn_estimator,
)
from tfcompat_estimator.migration.tf1.learn_estimators import (
  monitors,
  served,
)
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import exporters
from tfcompat_estimator.training import (
  train_and_evaluate as train_and_evaluate_lib,
)

v1 = tf.compat.v1


class ExportStrategy(NamedTuple):
  """How an experiment exports its model.

  Attributes:
    name: Of the folder below `export`.
    export_fn: A function of an Estimator and a folder, and of a checkpoint and
      its evaluation if it takes these.
    strip_default_attrs: Is not read.
  """

  name: str
  export_fn: Callable[..., Any]
  strip_default_attrs: bool | None = None

  def export(
    self,
    estimator: Any,
    export_path: str,
    checkpoint_path: str | None = None,
    eval_result: Any = None,
    strip_default_attrs: bool | None = None,
  ) -> Any:
    """Exports the model below a folder."""
    taken = inspect.signature(self.export_fn).parameters
    known = {'checkpoint_path': checkpoint_path, 'eval_result': eval_result}
    return self.export_fn(
      estimator, export_path, **{k: v for k, v in known.items() if k in taken}
    )


def make_export_strategy(
  serving_input_fn: Callable[[], Any],
  default_output_alternative_key: str | None = None,
  assets_extra: Any = None,
  as_text: bool = False,
  exports_to_keep: int | None = 5,
  strip_default_attrs: bool | None = None,
) -> ExportStrategy:
  """A strategy that exports SavedModels, and keeps the last of them.

  Args:
    serving_input_fn: Of `tf.estimator`: gives a ServingInputReceiver.
    default_output_alternative_key: Of the head that answers by default; None
      with an Estimator of tf.estimator.
    assets_extra: {path in the export: file}.
    as_text: Write the graph as text.
    exports_to_keep: How many; None for all.
    strip_default_attrs: Is not read.
  """
  exporter = exporters.LatestExporter(
    'Servo', serving_input_fn, assets_extra, as_text, exports_to_keep
  )

  def export_fn(
    estimator: Any, export_dir_base: str, checkpoint_path: str | None = None
  ) -> Any:
    if isinstance(estimator, learn_estimator.Estimator):
      estimator = served.Served(estimator, default_output_alternative_key)
    elif default_output_alternative_key is not None:
      raise ValueError(
        '`default_output_alternative_key` is not supported in Estimators of '
        f'tf.estimator. Given: {default_output_alternative_key}'
      )
    return exporter.export(
      estimator,
      export_dir_base,
      checkpoint_path,
      None,
      is_the_final_export=True,
    )

  return ExportStrategy('Servo', export_fn)


class _StrategyExporter(train_eval_spec.Exporter):
  """Exports by a strategy, for `train_and_evaluate`."""

  def __init__(self, strategy: ExportStrategy, estimator: Any):
    self._strategy = strategy
    self._estimator = estimator

  @property
  def name(self) -> str:
    return self._strategy.name

  def export(
    self,
    estimator: Any,
    export_path: Any,
    checkpoint_path: Any,
    eval_result: Any,
    is_the_final_export: bool,
  ) -> Any:
    return self._strategy.export(
      self._estimator, export_path, checkpoint_path, eval_result
    )


class Experiment:
  """An Estimator, and what to train and evaluate it on."""

  def __init__(
    self,
    estimator: Any,
    train_input_fn: Callable[..., Any],
    eval_input_fn: Callable[..., Any],
    eval_metrics: Any = None,
    train_steps: int | None = None,
    eval_steps: int | None = 100,
    train_monitors: Any = None,
    eval_hooks: Any = None,
    local_eval_frequency: int | None = None,
    eval_delay_secs: float = 120,
    continuous_eval_throttle_secs: float = 60,
    min_eval_frequency: int | None = None,
    delay_workers_by_global_step: bool = False,
    export_strategies: Any = None,
    train_steps_per_iteration: int | None = None,
    checkpoint_and_export: bool = False,
    saving_listeners: Any = None,
    check_interval_secs: float = 5,
  ):
    """Makes it.

    Args:
      estimator: Of `tf.estimator` or `tf.contrib.learn`.
      train_input_fn: See `tf.estimator.Estimator.train`.
      eval_input_fn: See `tf.estimator.Estimator.evaluate`.
      eval_metrics: Metrics of evaluation; None with one of `tf.estimator`,
        whose model function says them.
      train_steps: The step at which training ends; None for the input's end.
      eval_steps: Steps of an evaluation; None for the input's end.
      train_monitors: Hooks or monitors of training.
      eval_hooks: Hooks of evaluation.
      local_eval_frequency: Is not read.
      eval_delay_secs: Seconds before the first evaluation.
      continuous_eval_throttle_secs: Is not read.
      min_eval_frequency: Is not read: there is one evaluation for each
        checkpoint.
      delay_workers_by_global_step: Is not read.
      export_strategies: Strategies, by which the last model is exported; with
        `checkpoint_and_export` each one that is evaluated.
      train_steps_per_iteration: Steps between evaluations of
        `continuous_train_and_eval`.
      checkpoint_and_export: Whether `train_and_evaluate` exports each model that it
        evaluates; events of evaluations are then in `eval_intermediate_export`, not
        `eval`.
      saving_listeners: Told of checkpoints.
      check_interval_secs: Is not read.

    Raises:
      ValueError: The estimator is none of `tf.estimator`, or `eval_metrics` are
        given.
    """
    # What the program knows, and what runs it.
    self._known = self._estimator = estimator
    if isinstance(estimator, learn_estimator.Estimator):
      self._estimator = estimator.core(eval_metrics)
    elif not isinstance(estimator, base_estimator.Estimator):
      raise ValueError(
        f'`estimator` ({type(estimator).__name__}) must implement '
        'tf.estimator.Estimator or tf.contrib.learn.Estimator.'
      )
    elif eval_metrics is not None:
      raise ValueError(
        '`eval_metrics` must be `None` with `tf.estimator.Estimator`. Use '
        '`eval_metric_ops` in its model_fn, or tf.estimator.add_metrics.'
      )
    self._train_input_fn = train_input_fn
    self._eval_input_fn = eval_input_fn
    self._train_steps = train_steps
    self._eval_steps = eval_steps
    self._train_hooks = monitors.replace_monitors_with_hooks(
      train_monitors, self._known
    )
    self._eval_hooks = list(eval_hooks or [])
    self._eval_delay_secs = eval_delay_secs
    self._steps_per_iteration = train_steps_per_iteration
    self._saving_listeners = saving_listeners
    # In a cluster the evaluator exports, which does not know the last one in advance.
    self._exports_each = checkpoint_and_export or bool(
      self._estimator.config.cluster_spec
    )
    self._is_intermediate = checkpoint_and_export
    self.reset_export_strategies(export_strategies)

  @property
  def estimator(self) -> Any:
    """The Estimator."""
    return self._known

  @property
  def train_steps(self) -> int | None:
    """The step at which training ends."""
    return self._train_steps

  @property
  def eval_steps(self) -> int | None:
    """Steps of an evaluation."""
    return self._eval_steps

  def extend_train_hooks(self, additional_hooks: Any) -> None:
    """Adds hooks of training."""
    self._train_hooks.extend(
      monitors.replace_monitors_with_hooks(additional_hooks, self._known)
    )

  def reset_export_strategies(self, new_export_strategies: Any = None) -> Any:
    """Sets other strategies; returns those before."""
    before = getattr(self, '_export_strategies', [])
    if isinstance(new_export_strategies, ExportStrategy):
      new_export_strategies = [new_export_strategies]
    self._export_strategies = list(new_export_strategies or [])
    return before

  def train(self, delay_secs: Any = None, saving_listeners: Any = None) -> Any:
    """Trains until `train_steps`."""
    return self._estimator.train(
      input_fn=self._train_input_fn,
      max_steps=self._train_steps,
      hooks=self._train_hooks,
      saving_listeners=saving_listeners or self._saving_listeners,
    )

  def evaluate(self, delay_secs: Any = None, name: str | None = None) -> Any:
    """Evaluates the last checkpoint; returns the metrics."""
    return self._evaluate(name or 'one_pass')

  def _evaluate(self, name: str | None) -> Any:
    return self._estimator.evaluate(
      input_fn=self._eval_input_fn,
      steps=self._eval_steps,
      hooks=self._eval_hooks,
      name=name,
    )

  def _specs(self) -> tuple[Any, Any]:
    train = train_eval_spec.TrainSpec(
      self._train_input_fn,
      max_steps=self._train_steps,
      hooks=self._train_hooks,
      saving_listeners=self._saving_listeners or [],
    )
    exporters = [
      _StrategyExporter(each, self._known) for each in self._export_strategies
    ]
    evaluation = train_eval_spec.EvalSpec(
      self._eval_input_fn,
      steps=self._eval_steps,
      name='intermediate_export' if self._is_intermediate else None,
      hooks=self._eval_hooks,
      exporters=exporters if self._exports_each else None,
      start_delay_secs=self._eval_delay_secs,
      throttle_secs=0,
    )
    return train, evaluation

  def train_and_evaluate(self) -> Any:
    """Trains, and evaluates each checkpoint.

    Returns:
      The metrics of the last evaluation, and what the strategies exported.
    """
    train, evaluation = self._specs()
    result = train_and_evaluate_lib.train_and_evaluate(
      self._estimator, train, evaluation
    )
    if result is None or not self._has_checkpoint():
      return result
    metrics, exports = result
    if metrics and self._exports_each:
      return metrics, exports
    if not metrics:  # what was trained before is evaluated all the same
      metrics = self._evaluate(evaluation.name)
    return metrics, self._export(metrics)

  def _has_checkpoint(self) -> bool:
    return self._estimator.latest_checkpoint() is not None

  def continuous_train_and_eval(
    self, continuous_eval_predicate_fn: Any = None
  ) -> Any:
    """Trains for so many steps, evaluates, and so on until `train_steps`."""
    per_round = self._steps_per_iteration or 1000
    result, step = None, 0
    while self._train_steps is None or step < self._train_steps:
      step += per_round
      if self._train_steps is not None:
        step = min(step, self._train_steps)
      self._estimator.train(
        self._train_input_fn, max_steps=step, hooks=self._train_hooks
      )
      result = self.evaluate()
      predicate = continuous_eval_predicate_fn
      if predicate is not None and not predicate(result):
        break
      if result['global_step'] < step:  # the input ended
        break
    return result, self._export(result)

  def _export(self, eval_result: Any) -> list[Any]:
    base = os.path.join(self._estimator.model_dir, 'export')
    return [
      strategy.export(
        self._known,
        os.path.join(base, strategy.name),
        self._estimator.latest_checkpoint(),
        eval_result,
      )
      for strategy in self._export_strategies
    ]

  def test(self) -> Any:
    """Trains for one step and evaluates one: a quick trial."""
    self._estimator.train(self._train_input_fn, steps=1)
    result = self._estimator.evaluate(
      self._eval_input_fn, steps=1, name='one_pass'
    )
    return result, self._export(result)

  run_std_server = train


def run(
  experiment_fn: Callable[..., Experiment],
  output_dir: str | None = None,
  schedule: str | None = None,
  run_config: Any = None,
  hparams: Any = None,
) -> Any:
  """Makes an experiment and runs it: `learn_runner.run`.

  Args:
    experiment_fn: Of an output folder; or of `run_config` and `hparams`, in
      this order.
    output_dir: The folder, if `run_config` is not given.
    schedule: The name of the method to run: 'train_and_evaluate' by default,
      that of the task in a cluster.
    run_config: Has a model_dir.
    hparams: For `experiment_fn`.

  Raises:
    ValueError: Neither or both of `output_dir` and `run_config` are given, or
      there is no such schedule.
    TypeError: `experiment_fn` gives no Experiment.
  """
  if (output_dir is None) == (run_config is None):
    raise ValueError(
      'Must set value for `output_dir` or `run_config`, not both.'
    )
  if run_config is not None:
    if not run_config.model_dir:
      raise ValueError(
        'Must have a model directory `model_dir` in `run_config`.'
      )
    # By their places, as in 1.15: many call the second one `params`.
    experiment = experiment_fn(run_config, hparams)
  else:
    experiment = experiment_fn(output_dir)
  if not isinstance(experiment, Experiment):
    raise TypeError(
      f'Experiment builder did not return an Experiment instance, got '
      f'{type(experiment)} instead.'
    )
  schedule = schedule or 'train_and_evaluate'
  task = getattr(experiment, schedule, None)
  if not callable(task) or schedule.startswith('_'):
    raise ValueError(
      f'Schedule references non-existent task {schedule}: give one of '
      'train_and_evaluate, continuous_train_and_eval, train, evaluate, test.'
    )
  return task()
