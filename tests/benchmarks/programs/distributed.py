"""Prints what steps on several devices or processes cost, in microseconds.

    distributed.py mirrored|workers MODEL      two replicas, of the batch each

The workers are two processes on 127.0.0.1. Each row is a JSON object.
"""

import argparse
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
REPLICAS = 2
STEPS = {'mirrored': 4000, 'workers': 1500}


def mirrored(name, model_dir):
  """Two logical CPUs of this process."""
  (cpu,) = tf.config.list_physical_devices('CPU')
  tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * REPLICAS
  )
  model = models.MODELS[name]
  estimator = models.estimator(
    model,
    model_dir,
    train_distribute=tf.distribute.MirroredStrategy(
      [f'/cpu:{index}' for index in range(REPLICAS)],
      tf.distribute.ReductionToOneDevice(),
    ),
    session_config=tf1.ConfigProto(
      device_count={'CPU': REPLICAS}, allow_soft_placement=True
    ),
  )
  estimator.train(models.cached(model), steps=STEPS['mirrored'])


def worker(name, model_dir):
  """One of the processes that TF_CONFIG tells of."""
  strategy = tf.distribute.MultiWorkerMirroredStrategy()
  model = models.MODELS[name]
  estimator = models.estimator(
    model, model_dir, train_distribute=strategy, save_checkpoints_steps=10000
  )
  tf.estimator.train_and_evaluate(
    estimator,
    tf.estimator.TrainSpec(models.cached(model), max_steps=STEPS['workers']),
    tf.estimator.EvalSpec(models.cached(model)),
  )


def workers(name, model_dir):
  """Starts them, with the interpreter and the installation of this process."""
  installed = 'tfcompat_estimator' in sys.modules
  runner = ['-m', 'tfcompat_estimator'] if installed else []
  command = [sys.executable, *runner, __file__, 'worker', name, model_dir]
  nodes = {'worker': [f'127.0.0.1:{port}' for port in _free_ports()]}
  processes = [
    subprocess.Popen(
      command,
      stdout=subprocess.DEVNULL,
      stderr=subprocess.DEVNULL,
      env={
        **os.environ,
        'TF_CONFIG': json.dumps(
          {'cluster': nodes, 'task': {'type': 'worker', 'index': index}}
        ),
      },
    )
    for index in range(REPLICAS)
  ]
  try:
    for process in processes:
      process.wait(timeout=600)
  finally:
    for process in processes:
      process.kill()


def _free_ports():
  sockets = [socket.socket() for _ in range(REPLICAS)]
  for each in sockets:
    each.bind(('127.0.0.1', 0))
  ports = [each.getsockname()[1] for each in sockets]
  for each in sockets:
    each.close()
  return ports


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('engine', choices=['mirrored', 'workers', 'worker'])
  parser.add_argument('name', choices=models.MODELS)
  parser.add_argument('model_dir', nargs='?')
  args = parser.parse_args()
  tf1.logging.set_verbosity(tf1.logging.ERROR)
  if args.engine == 'worker':
    worker(args.name, args.model_dir)
    return
  with tempfile.TemporaryDirectory() as model_dir:
    {'mirrored': mirrored, 'workers': workers}[args.engine](
      args.name, model_dir
    )
    cost = steps.fastest(model_dir)
  label = {'mirrored': 'Mirrored, 2 CPUs: ', 'workers': '2 workers: '}
  row = label[args.engine] + args.name
  print(json.dumps({'TensorFlow': tf.__version__, row: cost}))


if __name__ == '__main__':
  main()
