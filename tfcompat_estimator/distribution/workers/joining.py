"""Begins workers in step, and waits for the others where that has a limit.

TensorFlow (2.16 to 2.21) does the waiting in `MultiWorkerMirroredStrategy()`,
for an hour at most, in its coordination service; without that, in a first look
at whether the peers are well, for ever. Neither can be told a limit, nor names
who is missing, and neither is needed here: `health` watches the peers. In a
program of Estimator the strategy is therefore made without both, and training
waits for its peers.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.distribution import addresses, rendezvous
from tfcompat_estimator.records import cluster

# Those that take part in each step.
IN_STEP = ('chief', 'worker')


def begin_alone(
  extended: Any, begin: Callable[[], None], resolver: Any = None
) -> None:
  """Begins what a strategy needs in this process, without waiting for others.

  Also where eager execution is off: collectives need this process's server all
  the same, which TensorFlow starts in eager mode only.

  Args:
    extended: The `extended` of a MultiWorkerMirroredStrategy.
    begin: Its own way to begin.
    resolver: Tells it the cluster.

  Raises:
    ValueError: TF_CONFIG does not tell the task, or it is none of the cluster's.
    tf.errors.UnknownError: The task's port is taken.
  """
  context = _tf.eager_context()
  if isinstance(
    resolver, tf.distribute.cluster_resolver.TFConfigClusterResolver
  ):
    # TensorFlow's own errors do not name TF_CONFIG, nor the port.
    tf_config = cluster.read_environment()
    task = cluster.parse_independent(tf_config)
    spec = cluster.cluster_spec(tf_config)
    if task.task_type not in spec.jobs:
      extended._initialize_local(resolver)  # noqa: SLF001 - an evaluator
      return
    own = addresses.of(spec, task.task_type, task.task_id)
    if context.get_server_def() is None:
      addresses.check_port(own, task.task_type, task.task_id)
  if context.coordination_service is None:  # else the program has chosen one
    context.configure_coordination_service(service_type='')
    extended._enable_check_health = False  # noqa: SLF001
  with _tf.eager_mode():
    begin()


def ensure_server(strategy: Any) -> None:
  """Starts this process's server, where making the strategy has not done so."""
  extended = strategy.extended
  if getattr(extended, '_std_server_started', False):
    return
  _configure_collectives(extended)
  resolver = extended._cluster_resolver  # noqa: SLF001
  begin_alone(
    extended,
    lambda: extended._initialize_multi_worker(resolver),  # noqa: SLF001
  )


def _configure_collectives(extended: Any) -> None:
  """Says what TensorFlow wants to know of collectives before it starts.

  Without eager execution a strategy does not say it, and starts TensorFlow when it
  counts its devices (2.16 to 2.21); then it is an error to say it.
  """
  context = _tf.eager_context()
  task = f'/job:{extended._task_type}/task:{extended._task_id}'  # noqa: SLF001
  leader = next(job for job in IN_STEP if job in extended._cluster_spec.jobs)  # noqa: SLF001
  for name, value in (
    ('leader', f'/job:{leader}/replica:0/task:0'),
    ('scoped_allocator_enabled_ops', ('CollectiveReduce',)),
    ('use_nccl_communication', False),
    ('device_filters', (task,)),
  ):
    setattr(context, f'_collective_{name}', value)


def peers(strategy: Any) -> dict[str, str]:
  """The addresses of the other workers, by the names of their tasks."""
  extended = strategy.extended
  spec = extended._cluster_spec  # noqa: SLF001
  own = (extended._task_type, extended._task_id)  # noqa: SLF001
  return {
    f'/job:{job}/task:{index}': spec.task_address(job, index)
    for job in spec.jobs
    if job in IN_STEP
    for index in range(spec.num_tasks(job))
    if (job, index) != own
  }


def wait_for(others: dict[str, str], wait: rendezvous.Wait) -> None:
  """Waits until something listens at the addresses of all other workers.

  Args:
    others: From `peers`.
    wait: How long.

  Raises:
    tf.errors.DeadlineExceededError: One of them did not come in time.
    ValueError: An address in TF_CONFIG is none.
  """
  missing = dict(others)
  while True:
    missing = {
      name: address
      for name, address in missing.items()
      if not addresses.answers(addresses.split(address, name))
    }
    if not missing:
      return
    named = ', '.join(f'{name} ({where})' for name, where in missing.items())
    wait.go_on(
      f'Workers that do not answer: {named}. MultiWorkerMirroredStrategy trains '
      'on all workers of "cluster" in TF_CONFIG: start each of them, or leave '
      'it out of TF_CONFIG.'
    )
