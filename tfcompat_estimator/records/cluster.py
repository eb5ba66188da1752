"""Reads the environment variable TF_CONFIG into a frozen description of a task.

    {"cluster": {"chief": ["host0:2222"], "worker": ["host1:2222"],
                 "ps": ["host2:2222"]},
     "task": {"type": "worker", "index": 0}}

Jobs: one `chief` (or, the older word, one `master`, which also evaluates),
`worker`s and `ps`. The `evaluator` is a task outside of the cluster. Without a
cluster there is one local worker.
"""

import dataclasses
import json
import os
from typing import Any

import tensorflow as tf

_ENVIRONMENT_VARIABLE = 'TF_CONFIG'
_SCHEME = 'grpc://'
_EXAMPLE = (
  '{"cluster": {"chief": ["host0:2222"], "worker": ["host1:2222"], "ps": '
  '["host2:2222"]}, "task": {"type": "worker", "index": 0}}'
)


class TaskType:
  """The jobs that TF_CONFIG may name."""

  MASTER = 'master'
  PS = 'ps'
  WORKER = 'worker'
  CHIEF = 'chief'
  EVALUATOR = 'evaluator'


@dataclasses.dataclass(frozen=True)
class ClusterTask:
  """What TF_CONFIG says about this process; a local run by default.

  Attributes:
    cluster_spec: The training cluster; empty for a local run or an evaluator.
    task_type: This process's job.
    task_id: This process's index in its job.
    global_id_in_cluster: Position among all tasks: the chief is 0, then the
      other jobs by name, `ps` last; None for an evaluator.
    master: The address of this process's server; '' means in the process.
    evaluation_master: The same, for an evaluator.
    is_chief: Whether this task saves checkpoints and summaries.
    num_ps_replicas: How many parameter servers the cluster has.
    num_worker_replicas: How many workers, the chief counted.
  """

  cluster_spec: tf.train.ClusterSpec = dataclasses.field(
    default_factory=lambda: tf.train.ClusterSpec({})
  )
  task_type: str = TaskType.WORKER
  task_id: int = 0
  global_id_in_cluster: int | None = 0
  master: str = ''
  evaluation_master: str = ''
  is_chief: bool = True
  num_ps_replicas: int = 0
  num_worker_replicas: int = 1


def read_environment() -> dict[str, Any]:
  """Reads TF_CONFIG: the parsed JSON, or `{}` if it is not set.

  Raises:
    json.JSONDecodeError: If it is set to something else than JSON.
    AttributeError: If it is no JSON object; the type is the reference's.
  """
  text = os.environ.get(_ENVIRONMENT_VARIABLE) or '{}'
  try:
    tf_config = json.loads(text)
  except json.JSONDecodeError as error:
    raise json.JSONDecodeError(
      f'TF_CONFIG must be JSON, {_EXAMPLE} for instance; given: {text[:60]}. '
      f'{error.msg}',
      text,
      error.pos,
    ) from None
  _check_object('TF_CONFIG', tf_config)
  if tf_config:
    tf.compat.v1.logging.info('TF_CONFIG environment variable: %s', tf_config)
  return tf_config


def _check_object(name: str, value: Any) -> None:
  if not isinstance(value, dict):
    kind = type(value).__name__
    raise AttributeError(
      f"{name} must be an object, as in {_EXAMPLE}. Given {value!r}: '{kind}' "
      "object has no attribute 'get'."
    )


def _task(tf_config: dict[str, Any]) -> dict[str, Any]:
  task = tf_config.get('task', {})
  _check_object('"task" in TF_CONFIG', task)
  return task


def cluster_spec(tf_config: dict[str, Any]) -> tf.train.ClusterSpec:
  """Reads the cluster, empty if there is none."""
  cluster = tf_config.get('cluster', {})
  try:
    return tf.train.ClusterSpec(cluster)
  except (TypeError, ValueError) as error:
    raise type(error)(f'"cluster" in TF_CONFIG ({cluster}): {error}') from None


def service(tf_config: dict[str, Any]) -> dict[str, Any] | None:
  """Reads the platform's own settings, which nothing here looks into.

  Raises:
    TypeError: If they are no dict.
  """
  value = tf_config.get('service')
  if value is not None and not isinstance(value, dict):
    raise TypeError(
      'If "service" is set in TF_CONFIG, it must be a dict. '
      f'Given {type(value)}'
    )
  return value


def model_dir(tf_config: dict[str, Any]) -> str | None:
  """Reads the model directory.

  Raises:
    ValueError: If it is set and empty.
  """
  value = tf_config.get('model_dir')
  if value == '':
    raise ValueError(
      "model_dir in TF_CONFIG should be non-empty, given: ''. Leave the key "
      'out for none.'
    )
  return value


def parse(tf_config: dict[str, Any]) -> ClusterTask:
  """Reads this process's task.

  Raises:
    ValueError: If the cluster lacks its chief, or has several, or if the task
      is not one of the cluster's.
    TypeError: If a part of TF_CONFIG has a wrong type.
  """
  spec = cluster_spec(tf_config)
  if not spec:
    return _local_task(_task(tf_config), tf_config)
  chief = _chief_job(spec)
  task_type, task_id = _checked_task(spec, _task(tf_config))
  if task_type == TaskType.EVALUATOR:
    master = tf_config.get('eval_session_master', '')
    return _evaluator(task_id, evaluation_master=master, is_chief=False)
  jobs = spec.as_dict()
  return ClusterTask(
    cluster_spec=spec,
    task_type=task_type,
    task_id=task_id,
    global_id_in_cluster=_global_id(spec, chief, task_type, task_id),
    master=_master(spec, task_type, task_id, tf_config),
    is_chief=task_type == chief,
    num_ps_replicas=len(jobs.get(TaskType.PS, [])),
    num_worker_replicas=len(jobs.get(TaskType.WORKER, [])) + 1,
  )


def parse_independent(tf_config: dict[str, Any]) -> ClusterTask:
  """Reads this process's task, as a training strategy sees it.

  A cluster without a chief is led by its first worker.

  Raises:
    ValueError: If the task is not told, or is none of the cluster's.
  """
  spec = cluster_spec(tf_config)
  task_type, task_id = _checked_task(spec, _task(tf_config))
  if task_type == TaskType.EVALUATOR:
    return _evaluator(task_id)
  if TaskType.MASTER in spec.jobs or TaskType.CHIEF in spec.jobs:
    chief = _chief_job(spec)
    is_chief = task_type == chief
  else:
    chief = TaskType.WORKER
    is_chief = (task_type, task_id) == (chief, 0)
  master = _SCHEME + spec.task_address(task_type, task_id)
  count = {job: spec.num_tasks(job) for job in spec.jobs}
  return ClusterTask(
    cluster_spec=spec,
    task_type=task_type,
    task_id=task_id,
    global_id_in_cluster=_global_id(spec, chief, task_type, task_id),
    master=master,
    evaluation_master=master,
    is_chief=is_chief,
    num_ps_replicas=count.get(TaskType.PS, 0),
    num_worker_replicas=count.get(TaskType.WORKER, 0)
    + (count[chief] if chief != TaskType.WORKER else 0),
  )


def _evaluator(task_id: int, **others: Any) -> ClusterTask:
  return ClusterTask(
    task_type=TaskType.EVALUATOR,
    task_id=task_id,
    global_id_in_cluster=None,
    num_worker_replicas=0,
    **others,
  )


def _local_task(task: Any, tf_config: dict[str, Any]) -> ClusterTask:
  """The task of a process without a cluster: the only worker."""
  task_id = _index(task.get('index', 0))
  if task.get('type', TaskType.WORKER) != TaskType.WORKER:
    raise ValueError(
      'If "cluster" is not set in TF_CONFIG, task type must be WORKER, '
      f'given: {task["type"]}. Set "cluster", or leave "task" out.'
    )
  if task_id != 0:
    raise ValueError(
      'If "cluster" is not set in TF_CONFIG, task index must be 0, '
      f'given: {task["index"]}. Set "cluster", or leave "task" out.'
    )
  return ClusterTask(
    master=tf_config.get('session_master', ''),
    evaluation_master=tf_config.get('eval_session_master', ''),
  )


def _chief_job(spec: tf.train.ClusterSpec) -> str:
  """The job that leads the cluster, of which there must be one task."""
  chief = TaskType.CHIEF
  if TaskType.MASTER in spec.jobs:
    chief = TaskType.MASTER
    if TaskType.CHIEF in spec.jobs:
      raise ValueError(
        'If `master` node exists in `cluster`, job `chief` is not supported. '
        'Remove one of them from TF_CONFIG.'
      )
  if chief not in spec.jobs:
    raise ValueError(
      f'If "cluster" is set in TF_CONFIG, it must have one "{chief}" node. '
      f'Given: {spec}'
    )
  if len(spec.job_tasks(chief)) > 1:
    raise ValueError(
      f'The "cluster" in TF_CONFIG must have only one "{chief}" node. '
      f'Given: {spec}'
    )
  return chief


def _checked_task(spec: tf.train.ClusterSpec, task: Any) -> tuple[str, int]:
  """Reads the task's job and index, and checks them against the cluster."""
  task_type = task.get('type')
  if not task_type:
    raise ValueError(
      'If "cluster" is set in TF_CONFIG, task type must be set. Given task: '
      f'{task}'
    )
  if task.get('index') is None:
    raise ValueError(
      'If "cluster" is set in TF_CONFIG, task index must be set. Given task: '
      f'{task}'
    )
  task_id = _index(task['index'])
  if task_id < 0:
    raise ValueError(
      f'Task index must be non-negative number, given: {task_id}. Correct '
      '"task" in TF_CONFIG.'
    )
  if task_type == TaskType.EVALUATOR:
    if TaskType.MASTER in spec.jobs:
      raise ValueError(
        'If `master` node exists in `cluster`, task type `evaluator` is not '
        'supported: the master evaluates. Name it `chief` in TF_CONFIG.'
      )
    return task_type, task_id
  where = f'in the cluster_spec:\n{spec}\n\nIt comes from TF_CONFIG.'
  if task_type not in spec.jobs:
    raise ValueError(f'{task_type} is not a valid task_type {where}')
  if task_id >= len(spec.job_tasks(task_type)):
    raise ValueError(
      f'{task_id} is not a valid task_id for task_type {task_type} {where}'
    )
  return task_type, task_id


def _index(value: Any) -> int:
  try:
    return int(value)
  except (TypeError, ValueError) as error:
    raise type(error)(
      f'"index" of "task" in TF_CONFIG ({value!r}) must be a number from 0 on. '
      f'{error}'
    ) from None


def _global_id(
  spec: tf.train.ClusterSpec, chief: str, task_type: str, task_id: int
) -> int:
  """Counts the tasks before this one: chief first, then by name, ps last."""
  last = (TaskType.PS,)
  ordered = sorted(spec.jobs, key=lambda job: (job != chief, job in last, job))
  before = ordered[: ordered.index(task_type)]
  # Of a job whose tasks are listed by their indices, some may be missing.
  highest = (max(spec.task_indices(job), default=-1) for job in before)
  return sum(index + 1 for index in highest) + task_id


def _master(
  spec: tf.train.ClusterSpec,
  task_type: str,
  task_id: int,
  tf_config: dict[str, Any],
) -> str:
  """The address of this task's server; '' where the task is alone."""
  if 'session_master' in tf_config:
    return tf_config['session_master']
  if len(spec.jobs) == 1 and spec.num_tasks(spec.jobs[0]) == 1:
    return ''
  return _SCHEME + spec.task_address(task_type, task_id)
