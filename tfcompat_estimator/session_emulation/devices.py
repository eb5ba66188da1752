"""Tells this process's devices from those of the other tasks of a cluster.

A graph names devices as TF_CONFIG does: `/job:worker/task:1`. TensorFlow knows
this process as `/job:localhost` even then, so that what a program made before it
joined the cluster stays where it is. So names are translated where a graph is
read to be run.
"""

import functools

import tensorflow as tf

from tfcompat_estimator import _tf

_HERE = tf.DeviceSpec(job='localhost', replica=0, task=0)
THIS_PROCESS = ''  # as `process` says


class _Process:
  """What this process is called in its cluster."""

  task: tuple[str, int] | None = None


def call_this_process(job: str, index: int) -> None:
  """Says under which name graphs know this process."""
  _Process.task = (job, index)
  _translate.cache_clear()


def is_in_cluster() -> bool:
  """Whether some devices may be in other processes."""
  return _Process.task is not None


def translate(name: str) -> str:
  """The name by which TensorFlow knows a device that a graph names.

  Args:
    name: Of a device, or a part of one; '' for any, which stays ''.
  """
  return _translate(name) if is_in_cluster() else name


@functools.cache
def _translate(name: str) -> str:
  if not name:
    return name
  spec = tf.DeviceSpec.from_string(name)
  job, task = spec.job, spec.task or 0
  if job is None or (job, task) == _Process.task:
    # A name without a job means this process; TensorFlow would take any job.
    return spec.make_merged_spec(_HERE).to_string()
  return spec.replace(replica=spec.replica or 0, task=task).to_string()


def process(name: str) -> str:
  """The process of a device; '' for this one.

  Args:
    name: Of a device as TensorFlow knows it, from `translate`.
  """
  return _process(name) if is_in_cluster() else THIS_PROCESS


@functools.cache
def _process(name: str) -> str:
  spec = tf.DeviceSpec.from_string(name)
  if spec.job in (None, _HERE.job):
    return THIS_PROCESS
  return spec.replace(device_type=None, device_index=None).to_string()


def is_remote(name: str) -> bool:
  """True for a device of another process.

  Args:
    name: As TensorFlow knows it, from `translate`.
  """
  return process(name) != THIS_PROCESS


def cpu_of(process: str) -> str:
  """The CPU of a process, as `process` names it."""
  return f'{process}/device:CPU:0' if process else own_cpu()


def own_cpu() -> str:
  """The name of a device that every process has, in this process."""
  if not is_in_cluster():
    return 'CPU:0'
  return _HERE.replace(device_type='CPU', device_index=0).to_string()


def of_server(index: int) -> str:
  """The CPU of a parameter server."""
  return cpu_of(f'/job:ps/replica:0/task:{index}')


def answers(index: int) -> bool:
  """Whether a parameter server is the one that this process connected to."""
  with _tf.eager_mode(), tf.device(of_server(index)):
    try:
      tf.identity(0).numpy()
    except tf.errors.OpError:
      return False
  return True
