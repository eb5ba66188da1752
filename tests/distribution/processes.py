"""Starts the processes of clusters on 127.0.0.1, and ends them for sure.

TensorFlow is imported once, in a process that forks one child for each task. What
a child prints is in a file of its own. When a test ends, for whatever reason, the
children end with that process, which sees its input close.
"""

import contextlib
import importlib
import json
import os
import pathlib
import random
import select
import signal
import socket
import sys
import time
import traceback

from tests import answering
from tests.distribution.hosts import namespaces

# Long enough for a machine whose cores are shared by many.
PATIENCE = 120


def free_ports(count):
  """So many ports of 127.0.0.1 on which nothing listens.

  They are lower than those that systems give to clients, so that no connection
  takes one before its task listens.
  """
  ports = iter(random.SystemRandom().sample(range(12_000, 32_000), 50 * count))
  with contextlib.ExitStack() as stack:
    free: list[int] = []
    while len(free) < count:
      each = stack.enter_context(socket.socket())
      with contextlib.suppress(OSError):
        each.bind(('127.0.0.1', next(ports)))
        free.append(each.getsockname()[1])
    return free


def cluster(**counts):
  """The "cluster" of TF_CONFIG: so many tasks of each job, on free ports."""
  ports = iter(free_ports(sum(counts.values())))
  return {
    job: [f'127.0.0.1:{next(ports)}' for _ in range(count)]
    for job, count in counts.items()
  }


class Task:
  """A child that runs a function."""

  def __init__(self, nursery, pid, log):
    self._nursery = nursery
    self.pid = pid
    self._log = log
    self._code = None

  def output(self):
    """What it has printed."""
    return self._log.read_text() if self._log.exists() else ''

  def poll(self):
    """Its exit code, -15 for one that signal 15 ended; None while it runs."""
    if self._code is None:
      self._code = self._nursery.ask(['poll', self.pid])
    return self._code

  def wait(self, seconds=PATIENCE):
    """Its exit code, once it has ended; fails if it does not in time."""
    self.until(lambda: self.poll() is not None, 'the end', seconds, ends=True)
    return self._code

  def ends(self, code=0, seconds=PATIENCE):
    """Waits for the end, which must be with this exit code."""
    assert self.wait(seconds) == code, self.output()[-5000:]
    return self

  def says(self, text, seconds=PATIENCE):
    """Waits until it has printed `text`; fails if it ends without."""
    self.until(lambda: text in self.output(), repr(text), seconds)
    return self

  def signal(self, number):
    os.kill(self.pid, number)
    return self

  def kill(self):
    """Ends it at once, as a machine that fails does."""
    self.signal(signal.SIGKILL).wait()

  def until(self, is_true, what, seconds=PATIENCE, ends=False):
    """Waits until something is true."""
    end = time.monotonic() + seconds
    while not is_true():
      over = not ends and self.poll() is not None and not is_true()
      if over or time.monotonic() > end:
        raise AssertionError(
          f'Waited for {what} of {self._log.name}; exit code {self._code}.\n'
          f'{self.output()[-5000:]}'
        )
      time.sleep(0.05)


def nursery(**environment):
  """The process that forks; it has these variables besides those of this one."""
  return answering.Answering(
    'tests.distribution.processes', CUDA_VISIBLE_DEVICES='-1', **environment
  )


class Family:
  """The tasks of one test.

  Args:
    nursery: Forks them.
    folder: Takes the files with what they print.
    host_of: From a task's role, such as `worker1`, to the arguments of
      `namespaces.enter`; None for this host.
  """

  def __init__(self, nursery, folder, host_of=None):
    self._nursery = nursery
    self._folder = pathlib.Path(folder)
    self._host_of = host_of
    self._tasks = []

  def end(self):
    """Kills those that still run."""
    for task in self._tasks:
      if task.poll() is None:
        task.kill()

  def start(self, function, tf_config, **arguments):
    """Starts `module:function` in a child with this TF_CONFIG."""
    task = tf_config.get('task', {})
    role = f'{task.get("type", "local")}{task.get("index", "")}'
    name = f'{len(self._tasks):02}-{role}.txt'
    log = self._folder / name
    host = self._host_of(role) if self._host_of else None
    tf_config = json.dumps(tf_config)
    command = ['start', function, tf_config, str(log), arguments, host]
    self._tasks.append(Task(self._nursery, self._nursery.ask(command), log))
    return self._tasks[-1]

  def tasks(self, function, nodes, **arguments):
    """Starts all tasks of a cluster: {'worker0': Task, ...}."""
    return {
      f'{job}{index}': self.task(function, nodes, job, index, **arguments)
      for job, addresses in nodes.items()
      for index in range(len(addresses))
    }

  def task(self, function, nodes, job, index=0, **arguments):
    """Starts one task of a cluster."""
    tf_config = {'cluster': nodes, 'task': {'type': job, 'index': index}}
    return self.start(function, tf_config, **arguments)


def _start(function, tf_config, log, arguments, host):
  """Forks; returns the child's process id."""
  # The handler is this process's: of a child that is told to end at once Python may
  # ignore its exception, or it would end the other children.
  signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
  child = os.fork()
  if not child:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
  signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
  if child:
    return child
  handle = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
  for number in (1, 2):
    os.dup2(handle, number)
  os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
  os.environ['TF_CONFIG'] = tf_config
  if host:
    namespaces.enter(**host)
  module, name = function.split(':')
  try:
    getattr(importlib.import_module(module), name)(**arguments)
  except Exception:  # noqa: BLE001
    traceback.print_exc()
    sys.exit(1)
  sys.exit(0)


def _poll(children, child):
  """The exit code of a child; it leaves `children` then, as its id is free."""
  if child not in children:
    return None
  done, status = os.waitpid(child, os.WNOHANG)
  if not done:
    return None
  children.remove(child)
  return os.waitstatus_to_exitcode(status)


def _main():
  import tfcompat_estimator

  _ = tfcompat_estimator.train_and_evaluate  # now, once for all children

  children = []
  # What `timeout` sends to all processes of a group. Those that train may take their
  # time to end then; they must not be left alone with it.
  signal.signal(signal.SIGTERM, signal.default_int_handler)
  print('ready', flush=True)
  try:
    while select.select([sys.stdin], [], [])[0]:
      line = sys.stdin.readline()
      if not line:
        break
      what, *arguments = json.loads(line)
      if what == 'start':
        children.append(_start(*arguments))
        print(children[-1], flush=True)
      else:
        print(json.dumps(_poll(children, *arguments)), flush=True)
  except SystemExit:  # in a child
    children.clear()
    raise
  finally:
    for child in children:
      with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == '__main__':
  _main()
