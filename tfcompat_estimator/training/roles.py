"""Prepares a process for its role in a cluster."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.distribution import rendezvous, strategies
from tfcompat_estimator.distribution.servers import connection
from tfcompat_estimator.distribution.workers import joining
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import cluster, run_config

logging = tf.compat.v1.logging

TaskType = cluster.TaskType
_LEADERS = (TaskType.CHIEF, TaskType.MASTER)
_KNOWN = (*_LEADERS, TaskType.WORKER, TaskType.PS)

# A worker that starts later finds a model that has learnt something.
_SECONDS_PER_WORKER = 5
_MOST_SECONDS = 60

INDEPENDENT = 'independent_worker'


def is_independent(config: run_config.RunConfig) -> bool:
  """Whether a strategy trains, in each process of the cluster by itself."""
  mode = getattr(config, '_distribute_coordinator_mode', None)
  return mode == INDEPENDENT


def as_independent_worker(estimator: Any) -> Any:
  """The estimator of a training strategy, as this process's task has it.

  Until then its `RunConfig` believes that the process is alone.

  Raises:
    ValueError: TF_CONFIG does not tell the task, or it is none of the cluster's.
  """
  task = cluster.parse_independent(cluster.read_environment())
  config = run_config.of_task(estimator.config, task)
  logging.info('Updated config: %s', str(vars(config)))
  return base_estimator.with_config(estimator, config)


def check(config: run_config.RunConfig) -> None:
  """Checks that the task can play its role in training.

  Raises:
    ValueError: No task of that type trains.
    RuntimeError: Several tasks train, with nothing that they share.
  """
  if config.task_type not in _KNOWN:
    raise ValueError(
      f'Task type {config.task_type} is not supported. Supported task types '
      f'are {list(_KNOWN)} and {TaskType.EVALUATOR}. Correct "task" in '
      'TF_CONFIG.'
    )
  jobs = {
    job: config.cluster_spec.num_tasks(job)
    for job in config.cluster_spec.jobs
    if job in _KNOWN
  }
  strategy = config.train_distribute
  if strategies.is_of_one_process(strategy) and sum(jobs.values()) > 1:
    raise RuntimeError(
      f'{strategy!r} trains in one process, which shares nothing with the other '
      f'tasks of the "cluster" in TF_CONFIG: {jobs}. Give RunConfig a '
      'tf.distribute.MultiWorkerMirroredStrategy() for workers in step; or leave '
      'train_distribute out, for parameter servers; or leave only a "chief" in '
      'the "cluster".'
    )
  if config.num_ps_replicas or strategy:
    return
  if config.task_type not in _LEADERS or sum(jobs.values()) > 1:
    raise RuntimeError(
      f'train_and_evaluate cannot train as task {config.task_type} '
      f'{config.task_id} of a cluster whose tasks share nothing: {jobs}. Add '
      'parameter servers ("ps") to the "cluster" of TF_CONFIG, for '
      'asynchronous training; or give RunConfig a train_distribute, '
      'tf.distribute.MultiWorkerMirroredStrategy() for instance, for '
      'synchronous training; or leave only a "chief".'
    )


def start(
  config: run_config.RunConfig,
  sleep: Callable[[float], None],
  is_told_to_end: Callable[[], bool],
) -> None:
  """Joins the cluster, and lets the chief and earlier workers go first.

  Args:
    config: That of the task.
    sleep: Waits for so many seconds.
    is_told_to_end: Whether SIGTERM has come.

  Raises:
    SystemExit: It has, while this waited for the servers.
    tf.errors.UnknownError: The task's port is taken.
    tf.errors.DeadlineExceededError: A parameter server did not come in time.
  """
  if not config.num_ps_replicas:
    if strategies.is_multi_worker(config.train_distribute):
      joining.ensure_server(config.train_distribute)
    else:
      logging.info(
        'Skip starting Tensorflow server as there is only one node in the '
        'cluster.'
      )
    return
  logging.info('Start Tensorflow server.')
  wait = rendezvous.Wait(config.session_creation_timeout_secs, is_told_to_end)
  connection.join(config, wait, own_port=True)
  if config.task_type != TaskType.WORKER or config.train_distribute:
    return
  most = config.experimental_max_worker_delay_secs
  seconds = min(
    _MOST_SECONDS if most is None else int(most),
    _SECONDS_PER_WORKER * (config.task_id + 1),
  )
  if seconds > 0:
    logging.info('Waiting %d secs before starting training.', seconds)
    sleep(seconds)
