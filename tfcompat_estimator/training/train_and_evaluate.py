"""Trains and evaluates in turn, or plays one role of it, as TF_CONFIG says."""

import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution.servers import serve
from tfcompat_estimator.estimator import estimator as estimator_lib
from tfcompat_estimator.loop import termination
from tfcompat_estimator.spec import cluster, train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation, roles

v1 = tf.compat.v1
logging = tf.compat.v1.logging


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
    eval_spec: The `EvalSpec`.

  Returns:
    Without a cluster, a pair: the metrics of the last evaluation, a dict, and
    what each exporter returned for it, a list. `(None, None)` if the model had
    reached `max_steps` before. With a cluster, None.

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
  for name, value, kind, public in (
    ('estimator', estimator, estimator_lib.Estimator, 'Estimator'),
    ('train_spec', train_spec, train_eval_spec.TrainSpec, 'TrainSpec'),
    ('eval_spec', eval_spec, train_eval_spec.EvalSpec, 'EvalSpec'),
  ):
    if not isinstance(value, kind):
      raise TypeError(
        f'`{name}` must have type `tf.estimator.{public}`. Got: {type(value)}'
      )
  return Executor(estimator, train_spec, eval_spec).run()


class _EvaluateAtSaves(v1.train.CheckpointSaverListener):
  """Evaluates each checkpoint that training saves, but for the first."""

  def __init__(
    self,
    exports: checkpoint_evaluation.Exports,
    estimator: estimator_lib.Estimator,
    throttle_secs: float,
    listener: checkpoint_evaluation.EvalListener,
    clock: Callable[[], float],
  ):
    self._exports = exports
    self._estimator = estimator
    self._throttle_secs = throttle_secs
    self._listener = listener
    self._clock = clock
    self._has_saved = False
    self._last_time: float | None = None

  def begin(self) -> None:
    self._has_saved = False

  def after_save(self, session: Any, global_step_value: int) -> bool:
    """Evaluates, unless it is too soon; True requests a stop."""
    del session
    if not self._has_saved:
      # This is where training starts, from initial values or from where the
      # last call has evaluated already.
      self._has_saved = True
      return False
    if not self._is_due():
      logging.info(
        'Skip the current checkpoint eval due to throttle secs (%s secs).',
        self._throttle_secs,
      )
      return False
    if not self._listener.before_eval():
      logging.info(
        'The listener of evaluations requests a stop at global step %d.',
        global_step_value,
      )
      return True
    return not self._evaluate(is_final=False)

  def end(self, session: Any, global_step_value: int) -> None:
    """Evaluates what training ended with, if that has not been done."""
    del session
    if self._exports.global_step == global_step_value:
      self._exports.finish()
    elif self._listener.before_eval():
      self._evaluate(is_final=True)

  def _is_due(self) -> bool:
    return (
      self._last_time is None
      or self._clock() >= self._last_time + self._throttle_secs
    )

  def _evaluate(self, is_final: bool) -> bool:
    """Evaluates the latest checkpoint; False if the listener wants to stop."""
    self._last_time = self._clock()
    path = self._estimator.latest_checkpoint()
    self._exports.evaluate(path, is_final)
    return self._listener.after_eval(
      checkpoint_evaluation.EvalResult(
        checkpoint_evaluation.EvalStatus.EVALUATED,
        self._exports.metrics,
        self._exports.checkpoint_path,
      )
    )


class Executor:
  """Plays the role that TF_CONFIG gives to this process.

  Args:
    estimator: The `Estimator`.
    train_spec: The `TrainSpec`.
    eval_spec: The `EvalSpec`.
    listener: Is asked around evaluations whether to go on.
    sleep: Waits for so many seconds.
    clock: Tells the time in seconds.
  """

  def __init__(
    self,
    estimator: estimator_lib.Estimator,
    train_spec: train_eval_spec.TrainSpec,
    eval_spec: train_eval_spec.EvalSpec,
    listener: checkpoint_evaluation.EvalListener | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
  ):
    self._estimator = estimator
    self._train_spec = train_spec
    self._eval_spec = eval_spec
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
    with termination.at_once():
      if config.task_type == cluster.TaskType.PS:
        serve.serve(config)
      roles.start(config, self._sleep)
    if config.task_type == cluster.TaskType.MASTER:
      self._train_with_evaluation()
    else:
      self._train(())
    return None

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
    exports = self._train_with_evaluation()
    return exports.metrics, exports.results

  def run_evaluator(self) -> None:
    """Evaluates checkpoints as another process writes them.

    Raises:
      ValueError: If this is not the first evaluator.
    """
    with termination.at_once():
      self._evaluate_until_the_end()

  def _evaluate_until_the_end(self) -> None:
    config = self._estimator.config
    if config.task_id > 0:
      raise ValueError(
        'For distributed training, there can only be one `evaluator` task '
        f'(with task id 0). Given task id {config.task_id}'
      )
    start_delay_secs = self._eval_spec.start_delay_secs
    if start_delay_secs:
      logging.info('Waiting %f secs before starting eval.', start_delay_secs)
      self._sleep(start_delay_secs)
    exports = self._exports()
    watcher = checkpoint_evaluation.CheckpointWatcher(self._estimator, exports)
    while self._listener.before_eval():
      started = self._clock()
      if not self._listener.after_eval(watcher.evaluate_new()):
        break
      if exports.reached_max_steps():
        logging.info(
          'Exiting evaluation, global_step=%s >= train max_steps=%s',
          exports.global_step,
          self._train_spec.max_steps,
        )
        return
      rest = started + self._eval_spec.throttle_secs - self._clock()
      if rest > 0:
        logging.info('Waiting %f secs before starting next eval run.', rest)
        self._sleep(rest)
    logging.info('Exiting evaluation, as the listener requested.')

  def _exports(self) -> checkpoint_evaluation.Exports:
    return checkpoint_evaluation.Exports(
      self._estimator, self._eval_spec, self._train_spec.max_steps
    )

  def _train_with_evaluation(self) -> checkpoint_evaluation.Exports:
    exports = self._exports()
    at_saves = _EvaluateAtSaves(
      exports,
      self._estimator,
      self._eval_spec.throttle_secs,
      self._listener,
      self._clock,
    )
    self._train((at_saves,))
    return exports

  def _train(
    self, listeners: tuple[v1.train.CheckpointSaverListener, ...]
  ) -> None:
    spec = self._train_spec
    self._estimator.train(
      input_fn=spec.input_fn,
      max_steps=spec.max_steps,
      hooks=spec.hooks,
      saving_listeners=spec.saving_listeners + listeners,
    )
