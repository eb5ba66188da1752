"""Rebuilds what old modules of training and its settings had.

Frameworks that had a `train_and_evaluate` of their own called its executor.
"""

import time
from typing import Any

import tensorflow as tf

from tfcompat_estimator.records import cluster, train_eval_spec
from tfcompat_estimator.training import (
  checkpoint_evaluation,
  train_and_evaluate,
)

v1 = tf.compat.v1

# Of `run_config`, `training` and `tpu.tpu_config`: what TF_CONFIG has.
TF_CONFIG_ENV = 'TF_CONFIG'
CLUSTER_KEY = 'cluster'
EVAL_SESSION_MASTER_KEY = 'eval_session_master'
MODEL_DIR_KEY = 'model_dir'
SERVICE_KEY = 'service'
SESSION_MASTER_KEY = 'session_master'
TASK_ENV_KEY = 'task'
TASK_ID_KEY = 'index'
TASK_TYPE_KEY = 'type'
GRPC_SCHEME = 'grpc://'
LOCAL_MASTER = ''
SAVE_CKPT_ERR = (
  '`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set.'
)
VALID_DEVICE_FN_ARGS = frozenset(('op',))
# Which tasks train, and seconds by which workers wait.
DELAY_SECS_PER_WORKER = 5
MAX_DELAY_SECS = 60
ENVIRONMENT_KEY = 'environment'
ENVIRONMENT_GOOGLE_VALUE = 'google'
TRAINER_JOBS = ('chief', 'master', 'worker')


class TrainingExecutor(train_and_evaluate.Executor):
  """Trains and evaluates as one task of a cluster, or without a cluster.

  Old modules call it `_TrainingExecutor`. `run` finds the role in `RunConfig`;
  `run_chief`, `run_worker`, `run_master`, `run_ps`, `run_evaluator` and
  `run_local` play one.
  """

  def __init__(
    self,
    estimator,
    train_spec,
    eval_spec,
    train_hooks=None,
    continuous_eval_listener=None,
  ):
    """Makes the executor.

    Args:
      estimator: The `Estimator`.
      train_spec: The `TrainSpec`.
      eval_spec: The `EvalSpec`; None if nothing is to be evaluated.
      train_hooks: More hooks for training.
      continuous_eval_listener: A `_ContinuousEvalListener`, which is asked
        around evaluations whether to go on. Default: one that always says so.

    Raises:
      TypeError: If an argument is of a wrong type.
    """
    listener = continuous_eval_listener
    if listener and not isinstance(
      listener, checkpoint_evaluation.EvalListener
    ):
      raise TypeError(
        f'`continuous_eval_listener` ({listener!r}) must have type '
        '`_ContinuousEvalListener`. Derive its class from that one.'
      )
    hooks = train_eval_spec.checked_hooks(train_hooks)
    super().__init__(estimator, train_spec, eval_spec, listener)
    self._train_spec = train_spec._replace(hooks=(*train_spec.hooks, *hooks))

  @property
  def estimator(self) -> Any:
    """The `Estimator`."""
    return self._estimator

  def run_chief(self) -> None:
    """Trains as the chief."""
    self.run_worker()


def check_eval_spec(eval_spec: Any) -> None:
  """Raises TypeError unless `eval_spec` is an `EvalSpec`."""
  train_eval_spec.eval_specs(eval_spec)


def is_google_env() -> bool:
  """Whether TF_CONFIG says that this is Google's own environment."""
  return cluster.read_environment().get('environment') == 'google'


def count_ps(cluster_spec: Any) -> int:
  """The number of parameter servers of a `ClusterSpec`."""
  return len(_jobs(cluster_spec, '_count_ps').get('ps', ()))


def count_worker(cluster_spec: Any, chief_task_type: str) -> int:
  """The number of workers of a `ClusterSpec`, its chief included."""
  jobs = _jobs(cluster_spec, '_count_worker')
  return len(jobs.get('worker', ())) + len(jobs.get(chief_task_type, ()))


def _jobs(cluster_spec: Any, caller: str) -> dict[str, list[str]]:
  if not cluster_spec:
    raise RuntimeError(
      f'Internal error: `{caller}` does not expect empty cluster_spec.'
    )
  return cluster_spec.as_dict()


class StopAtSecsHook(v1.train.SessionRunHook):
  """Stops some seconds after the graph was finished."""

  def __init__(self, stop_after_secs):
    self._stop_after_secs = stop_after_secs
    self._start = 0.0

  def begin(self) -> None:
    self._start = time.time()

  def after_run(self, run_context, run_values) -> None:
    del run_values
    if time.time() - self._start >= self._stop_after_secs:
      run_context.request_stop()
