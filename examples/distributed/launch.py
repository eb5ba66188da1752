"""Runs train.py in all tasks of a cluster on this machine.

    make demo-cluster

Starts a chief, two workers, a parameter server and an evaluator, each in a process
of its own that listens on 127.0.0.1; kills a worker on the way and starts it
again. Then the same program trains on two mirrored devices. Prints what the tasks
log about steps, losses and metrics, each line with the name of its task, and fails
if a task does or if the accuracy is poor.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PROGRAM = pathlib.Path(__file__).resolve().with_name('train.py')
ROOT = PROGRAM.parents[2]
SHOWN = re.compile(
  r'loss = |global_step/sec|Saving (checkpoints|dict)|Waiting|Restoring|'
  r'Start Tensorflow|Loss for final|Exported|Traceback|Error'
)
ACCURACY = re.compile(r'accuracy = ([0-9.]+)')
LEAST_ACCURACY = 0.9
SECONDS = 600  # after which the demo gives up


class Task:
  """A process; what it logs is printed with its name, in part."""

  def __init__(self, name, command, tf_config):
    self.name = name
    self.lines = []
    env = {**os.environ, 'TF_CPP_MIN_LOG_LEVEL': '3'}
    env['PYTHONPATH'] = os.fspath(ROOT)
    env.pop('TF_CONFIG', None)
    if tf_config:
      env['TF_CONFIG'] = json.dumps(tf_config)
    self._process = subprocess.Popen(
      command,
      env=env,
      stdin=subprocess.DEVNULL,
      stdout=subprocess.PIPE,
      stderr=subprocess.STDOUT,
      text=True,
    )
    self._reader = threading.Thread(target=self._read, daemon=True)
    self._reader.start()

  def _read(self):
    for line in self._process.stdout:
      self.lines.append(line)
      if SHOWN.search(line):
        text = line.strip().replace('INFO:tensorflow:', '')
        print(f'{self.name:>12} | {text[:100]}', flush=True)

  def says(self, text, end):
    """Waits until a line has `text`; fails if the task ends before."""
    while not any(text in line for line in list(self.lines)):
      if self._process.poll() is not None or time.monotonic() > end:
        self.fail(f'did not say {text!r}')
      time.sleep(0.05)

  def wait(self, end):
    """Waits for its end; fails if it does not end well."""
    with contextlib.suppress(subprocess.TimeoutExpired):
      self._process.wait(max(0.0, end - time.monotonic()))
    self._reader.join(5)
    if self._process.poll() != 0:
      self.fail(f'has the exit code {self._process.poll()}')

  def end(self, number=signal.SIGTERM):
    """Ends it by a signal; by another one if that does not do."""
    if self._process.poll() is None:
      self._process.send_signal(number)
      with contextlib.suppress(subprocess.TimeoutExpired):
        self._process.wait(10)
      self._process.kill()
      self._process.wait()

  def fail(self, what):
    log = ''.join(self.lines[-60:])
    raise SystemExit(f'{log}\nFAILED: {self.name} {what}')

  def accuracy(self):
    """The last one that it logged."""
    found = ACCURACY.findall(''.join(self.lines))
    return float(found[-1]) if found else 0.0


def addresses(count):
  with contextlib.ExitStack() as stack:
    sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
    for each in sockets:
      each.bind(('127.0.0.1', 0))
    return [f'127.0.0.1:{each.getsockname()[1]}' for each in sockets]


def command(model_dir, *flags):
  module = [sys.executable, '-m', 'tfcompat_estimator', os.fspath(PROGRAM)]
  return [*module, f'--model_dir={model_dir}', *flags]


def check(what, accuracy):
  print(f'{what}: accuracy {accuracy:.3f}')
  if accuracy < LEAST_ACCURACY:
    raise SystemExit(f'FAILED: {accuracy} is below {LEAST_ACCURACY}')


def train_in_cluster(folder, max_steps):
  """Chief, two workers, a parameter server, an evaluator; one worker dies."""
  chief, *workers, server = addresses(4)
  cluster = {'chief': [chief], 'worker': workers, 'ps': [server]}
  line = command(folder / 'cluster', f'--max_steps={max_steps}')
  end = time.monotonic() + SECONDS
  tasks = {}

  def start(job, index):
    task = {'cluster': cluster, 'task': {'type': job, 'index': index}}
    tasks[job, index] = Task(f'{job} {index}', line, task)
    return tasks[job, index]

  print(f'TF_CONFIG: "cluster": {json.dumps(cluster)}')
  try:
    for job in ('ps', 'chief', 'worker', 'evaluator'):
      for index in range(len(cluster.get(job, [job]))):
        start(job, index)
    victim = tasks['worker', 1]
    victim.says('loss = ', end)
    victim.end(signal.SIGKILL)
    print(
      'worker 1 was killed; the others go on; it is started again', flush=True
    )
    start('worker', 1)
    for task in tasks.values():
      if task is not tasks['ps', 0]:
        task.wait(end)
    print(
      'Tasks count steps together, without waiting for each other. So a checkpoint '
      'may hold\na step or two more than its name says, and a worker that comes '
      'back late finds\nthe others done: it takes one step, sees that, and ends.'
    )
    accuracy = tasks['evaluator', 0].accuracy()
  finally:
    for task in tasks.values():
      task.end()
  check('Chief, two workers and a parameter server', accuracy)


def train_mirrored(folder, max_steps):
  """The same program on two mirrored devices of one process."""
  flags = ['--strategy=mirrored', f'--max_steps={max_steps}']
  task = Task('mirrored', command(folder / 'mirrored', *flags), None)
  try:
    task.wait(time.monotonic() + SECONDS)
  finally:
    task.end()
  check('Two mirrored devices', task.accuracy())


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument('--max_steps', type=int, default=2000)
  flags = parser.parse_args()
  with tempfile.TemporaryDirectory() as folder:
    train_in_cluster(pathlib.Path(folder), flags.max_steps)
    train_mirrored(pathlib.Path(folder), flags.max_steps // 2)


if __name__ == '__main__':
  main()
