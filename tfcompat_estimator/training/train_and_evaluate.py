"""Trains and evaluates in turn, or plays one role of it, as TF_CONFIG says."""

import threading
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution.servers import serve
from tfcompat_estimator.errors import folding
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.loop import termination
from tfcompat_estimator.records import cluster, train_eval_spec
from tfcompat_estimator.training import (
  at_saves,
  checkpoint_evaluation,
  evaluate_every,
  roles,
)

v1 = tf.compat.v1
logging = tf.compat.v1.logging


@folding.folded
def train_and_evaluate(estimator, train_spec, eval_spec):
  """Trains, and evaluates and exports at each checkpoint.

  Without a cluster in TF_CONFIG both happen in this process: after each
  checkpoint, but for the first one of a call and those that come within
  `throttle_secs` of the last evaluation, and at the end of training. Training
  ends at `max_steps`, at the end of its input or when a hook says so.

  With a cluster this process plays the role of its task. A `ps` holds variables,
  until it is ended from outside. The `chief` and each `worker` train,
  asynchronously, on what the servers hold, or as a strategy of `RunConfig` says;
  only the chief saves. A `master` is a chief that evaluates, too; an `evaluator`,
  with the same `model_dir`, evaluates checkpoints as they come until one has
  reached `max_steps`.

  Args:
    estimator: The `tf.estimator.Estimator`.
    train_spec: The `TrainSpec`.
    eval_spec: The `EvalSpec`, or a list of them with different names, which are
      all evaluated on the same checkpoints, each as its `throttle_secs` says.

  Returns:
    Without a cluster, a pair: the metrics of the last evaluation, a dict, and
    what each exporter returned for it, a list. `(None, None)` if the model had
    reached `max_steps` before. For a list of specs, two dicts of these, by the
    specs' names. With a cluster, None.

  Raises:
    TypeError: If an argument has a wrong type.
    ValueError: If checkpoints are turned off in the `RunConfig`, or if the
      role in TF_CONFIG is none that trains or evaluates.
    RuntimeError: If the cluster has several training tasks, and neither
      parameter servers nor a strategy.
    tf.errors.UnknownError: If the port of this task is taken.
    tf.errors.DeadlineExceededError: If a parameter server or the chief did not
      come within `session_creation_timeout_secs` of the `RunConfig`.
    SystemExit: If SIGTERM came; its code is 143.
  """
  executor = Executor(estimator, train_spec, eval_spec)
  train_eval_spec.eval_specs(eval_spec)
  return executor.run()


class Executor:
  """Plays the role that TF_CONFIG gives to this process.

  Args:
    estimator: The `Estimator`.
    train_spec: The `TrainSpec`.
    eval_spec: The `EvalSpec`, or a list of several; None for no evaluation.
    listener: Is asked around evaluations whether to go on.
    sleep: Waits for so many seconds.
    clock: Tells the time in seconds.
  """

  def __init__(
    self,
    estimator: base_estimator.Estimator,
    train_spec: train_eval_spec.TrainSpec,
    eval_spec: Any,
    listener: checkpoint_evaluation.EvalListener | None = None,
    # Looked up when it is called, since tests of programs patch it.
    sleep: Callable[[float], None] = lambda s: time.sleep(s),  # noqa: PLW0108
    clock: Callable[[], float] = time.monotonic,
  ):
    for name, value, kind, public in (
      ('estimator', estimator, base_estimator.Estimator, 'Estimator'),
      ('train_spec', train_spec, train_eval_spec.TrainSpec, 'TrainSpec'),
    ):
      if not isinstance(value, kind):
        raise TypeError(
          f'`{name}` must have type `tf.estimator.{public}`. Got: {type(value)}'
        )
    self._estimator = estimator
    self._train_spec = train_spec
    self._has_one = isinstance(eval_spec, train_eval_spec.EvalSpec)
    self._eval_specs = (
      () if eval_spec is None else train_eval_spec.eval_specs(eval_spec)
    )
    self._every = evaluate_every.find(train_spec.hooks)
    self._listener = listener or checkpoint_evaluation.EvalListener()
    self._sleep = sleep
    self._clock = clock

  def run(self) -> tuple[Any, Any] | None:
    """Finds the role and plays it."""
    if roles.is_independent(self._estimator.config):
      logging.info('Running `train_and_evaluate` with Distribute Coordinator.')
      self._estimator = roles.as_independent_worker(self._estimator)
    else:
      logging.info('Not using Distribute Coordinator.')
    config = self._estimator.config
    if config.task_type == cluster.TaskType.EVALUATOR:
      self.run_evaluator()
      return None
    if not config.cluster_spec:
      logging.info('Running training and evaluation locally (non-distributed).')
      return self.run_local()
    roles.check(config)
    if config.task_type == cluster.TaskType.PS:
      self.run_ps()
    elif config.task_type == cluster.TaskType.MASTER:
      self.run_master()
    else:
      self.run_worker()
    return None

  def run_ps(self) -> None:
    """Holds variables until it is ended from outside."""
    with termination.at_once() as is_told_to_end:
      serve.serve(self._estimator.config, is_told_to_end.is_set)

  def run_worker(self) -> None:
    """Trains, as a worker or as the chief."""
    self._start()
    self._train(())

  def run_master(self) -> None:
    """Trains as the chief does, and evaluates and exports as well."""
    self._start()
    self._train_with_evaluation()

  def _start(self) -> None:
    """Makes this task known to the others."""
    with termination.at_once() as is_told_to_end:
      roles.start(self._estimator.config, self._sleep, is_told_to_end.is_set)

  def run_local(self) -> tuple[Any, Any]:
    """Trains and evaluates in this process.

    Returns:
      The metrics of the last evaluation and the exporters' results for it.
    """
    config = self._estimator.config
    logging.info(
      'Start train and evaluate loop. The evaluate will happen after every '
      'checkpoint. Checkpoint frequency is determined based on RunConfig '
      'arguments: save_checkpoints_steps %s or save_checkpoints_secs %s.',
      config.save_checkpoints_steps,
      config.save_checkpoints_secs,
    )
    evaluators = self._train_with_evaluation()
    if self._has_one:
      return evaluators[0].metrics, evaluators[0].results
    return (
      {evaluator.name: evaluator.metrics for evaluator in evaluators},
      {evaluator.name: evaluator.results for evaluator in evaluators},
    )

  def run_evaluator(self) -> None:
    """Evaluates checkpoints as another process writes them.

    Raises:
      ValueError: If this is not the first evaluator.
    """
    with termination.at_once() as is_told_to_end:
      self._evaluate_until_the_end(is_told_to_end)

  def _evaluate_until_the_end(self, is_told_to_end: threading.Event) -> None:
    config = self._estimator.config
    if config.task_id > 0:
      raise ValueError(
        'For distributed training, there can only be one `evaluator` task '
        f'(with task id 0). Given task id {config.task_id}'
      )
    delay = min(spec.start_delay_secs for spec in self._eval_specs)
    if delay:
      logging.info('Waiting %f secs before starting eval.', delay)
      self._sleep(delay)
    watcher = checkpoint_evaluation.CheckpointWatcher(
      self._estimator, self._evaluators(), self._clock
    )
    while self._listener.before_eval():
      results = watcher.evaluate_new()
      if is_told_to_end.is_set():
        return
      if not all(self._listener.after_eval(result) for result in results):
        break
      if watcher.reached_max_steps():
        logging.info(
          'Exiting evaluation, global_step=%s >= train max_steps=%s',
          watcher.global_step,
          self._train_spec.max_steps,
        )
        return
      rest = watcher.next_time() - self._clock()
      if rest > 0:
        logging.info('Waiting %f secs before starting next eval run.', rest)
        self._sleep(rest)
    logging.info('Exiting evaluation, as the listener requested.')

  def _evaluators(self) -> list[checkpoint_evaluation.CheckpointEvaluator]:
    return [
      checkpoint_evaluation.CheckpointEvaluator(
        self._estimator, spec, self._train_spec.max_steps
      )
      for spec in self._eval_specs
    ]

  def _train_with_evaluation(
    self,
  ) -> list[checkpoint_evaluation.CheckpointEvaluator]:
    evaluators = self._evaluators()
    evaluations = [
      at_saves.EvaluateAtSaves(
        evaluator, self._estimator, self._listener, self._clock
      )
      for evaluator in evaluators
    ]
    if self._every is None:
      self._train(tuple(evaluations))
    else:
      self._every.train(self._train, self._estimator, evaluations)
    return evaluators

  def _train(
    self,
    listeners: tuple[v1.train.CheckpointSaverListener, ...],
    hooks: tuple[v1.train.SessionRunHook, ...] = (),
  ) -> None:
    """Trains once: to the end, or as far as the input goes."""
    spec = self._train_spec
    self._estimator.train(
      input_fn=spec.input_fn,
      max_steps=spec.max_steps,
      hooks=(*spec.hooks, *hooks),
      saving_listeners=spec.saving_listeners + listeners,
    )
