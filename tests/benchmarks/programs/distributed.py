"""Prints what steps on several devices or processes cost, in microseconds.

    distributed.py mirrored MODEL              two logical CPUs of one process
    distributed.py workers|servers [--count N] MODEL

`workers` are processes in step, each with a batch of its own; with `servers`,
each goes at its own pace (the first is the chief), beside one parameter server.
All are on 127.0.0.1. A cost is that of a global step; each row is a JSON object.
"""

import argparse
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile

import models
import steps
import tensorflow as tf

tf1 = tf.compat.v1
DEVICES = 2
# Enough for all tasks to train together for most of the time.
STEPS = {'mirrored': 4000, 'workers': 1500, 'servers': 4000}
SECONDS = 300


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
  """Starts the tasks, with the interpreter and the installation of this one."""
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
    processes = {}
    for job, index in jobs:
      this = {'cluster': nodes, 'task': {'type': job, 'index': index}}
      processes[job, index] = subprocess.Popen(
        [sys.executable, *runner, __file__, *how],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, 'TF_CONFIG': json.dumps(this)},
      )
      stack.callback(processes[job, index].kill)
    for (job, _), process in processes.items():
      if job != 'ps':
        process.wait(timeout=SECONDS)


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
    task(args.engine, args.name, args.task)
    return
  with tempfile.TemporaryDirectory() as model_dir:
    if args.engine == 'mirrored':
      mirrored(args.name, model_dir)
    else:
      cluster(args.engine, args.name, model_dir, args.count)
    cost = steps.fastest(model_dir)
  label = {
    'mirrored': f'Mirrored, {DEVICES} CPUs',
    'workers': f'{args.count} workers in step',
    'servers': f'chief, {args.count - 1} workers, ps',
  }[args.engine]
  row = f'{label}: {args.name}'
  print(json.dumps({'TensorFlow': tf.__version__, row: cost}))


if __name__ == '__main__':
  main()
