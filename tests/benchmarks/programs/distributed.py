"""Prints what steps on several devices or processes cost, in microseconds.

    distributed.py mirrored MODEL              two logical CPUs of one process
    distributed.py workers|servers [--count N] MODEL

`workers` are processes in step, each with a batch of its own; with `servers`,
each goes at its own pace (the first is the chief), beside one parameter server,
and what counts is the time when all of them train: under TensorFlow 2.15 workers
come half a minute after the chief. All are on 127.0.0.1. A cost is that of a global
step; each row is a JSON object.
"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

import models
import steps
import tensorflow as tf

tf1 = tf.compat.v1
DEVICES = 2
STEPS = {'mirrored': 4000, 'workers': 1500, 'servers': 10**7}
SECONDS = 300
SECONDS_TOGETHER = 12


def mirrored(name, model_dir):
  """Two logical CPUs of this process."""
  (cpu,) = tf.config.list_physical_devices('CPU')
  tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * DEVICES
  )
  model = models.MODELS[name]
  estimator = models.estimator(
    model,
    model_dir,
    train_distribute=tf.distribute.MirroredStrategy(
      [f'/cpu:{index}' for index in range(DEVICES)],
      tf.distribute.ReductionToOneDevice(),
    ),
    session_config=tf1.ConfigProto(
      device_count={'CPU': DEVICES}, allow_soft_placement=True
    ),
  )
  estimator.train(models.cached(model), steps=STEPS['mirrored'])


def task(engine, name, model_dir):
  """One of the processes that TF_CONFIG tells of."""
  config = {'save_checkpoints_steps': 100000}
  if engine == 'workers':
    config['train_distribute'] = tf.distribute.MultiWorkerMirroredStrategy()
  else:
    config['experimental_max_worker_delay_secs'] = 0
  model = models.MODELS[name]
  estimator = models.estimator(model, model_dir, **config)
  tf.estimator.train_and_evaluate(
    estimator,
    tf.estimator.TrainSpec(models.cached(model), max_steps=STEPS[engine]),
    tf.estimator.EvalSpec(models.cached(model)),
  )


def cluster(engine, name, model_dir, count):
  """Starts the tasks, with the interpreter and the installation of this one.

  Returns:
    Microseconds a global step, in the fastest window.
  """
  installed = 'tfcompat_estimator' in sys.modules
  runner = ['-m', 'tfcompat_estimator'] if installed else []
  how = ['--task', model_dir, engine, name]
  jobs = [('worker', index) for index in range(count)]
  if engine == 'servers':
    jobs = [('ps', 0), ('chief', 0), *jobs[:-1]]
  nodes = {}
  for (job, _), port in zip(jobs, _free_ports(len(jobs)), strict=True):
    nodes.setdefault(job, []).append(f'127.0.0.1:{port}')
  with contextlib.ExitStack() as stack:
    logs = stack.enter_context(tempfile.TemporaryDirectory())
    processes = {}
    for job, index in jobs:
      this = {'cluster': nodes, 'task': {'type': job, 'index': index}}
      log = stack.enter_context(open(f'{logs}/{job}{index}', 'w'))
      processes[job, index] = subprocess.Popen(
        [sys.executable, *runner, __file__, *how],
        stdout=subprocess.DEVNULL,
        stderr=log,
        env={**os.environ, 'TF_CONFIG': json.dumps(this)},
      )
      stack.callback(processes[job, index].wait)
      stack.callback(processes[job, index].kill)
    if engine == 'servers':
      return _together([f'{logs}/{job}{index}' for job, index in jobs[1:]])
    for process in processes.values():
      process.wait(timeout=SECONDS)
    return steps.fastest(model_dir)


def _together(logs):
  """What a global step costs once all train, as the chief's log has it."""

  def read(path):
    with open(path) as log:
      return log.read()

  end = time.time() + SECONDS
  while not all(' step = ' in read(path) for path in logs):
    if time.time() > end:
      raise TimeoutError(f'Not all train: {[read(p)[-300:] for p in logs]}')
    time.sleep(0.1)
  before = len(read(logs[0]))
  time.sleep(SECONDS_TOGETHER)
  rates = re.findall(r'global_step/sec: ([\d.]+)', read(logs[0])[before:])
  return 1e6 / max(map(float, rates))


def _free_ports(count):
  with contextlib.ExitStack() as stack:
    sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
    for each in sockets:
      each.bind(('127.0.0.1', 0))
    return [each.getsockname()[1] for each in sockets]


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('engine', choices=STEPS)
  parser.add_argument('name', choices=models.MODELS)
  parser.add_argument('--count', type=int, default=2)
  parser.add_argument('--task', metavar='MODEL_DIR', help='of a cluster')
  args = parser.parse_args()
  tf1.logging.set_verbosity(tf1.logging.ERROR)
  if args.task:
    if args.engine == 'servers':
      tf1.logging.set_verbosity(tf1.logging.INFO)
    task(args.engine, args.name, args.task)
    return
  with tempfile.TemporaryDirectory() as model_dir:
    if args.engine == 'mirrored':
      mirrored(args.name, model_dir)
      cost = steps.fastest(model_dir)
    else:
      cost = cluster(args.engine, args.name, model_dir, args.count)
  label = {
    'mirrored': f'Mirrored, {DEVICES} CPUs',
    'workers': f'{args.count} workers in step',
    'servers': f'chief, {args.count - 1} workers, ps',
  }[args.engine]
  row = f'{label}: {args.name}'
  print(json.dumps({'TensorFlow': tf.__version__, row: cost}))


if __name__ == '__main__':
  main()
