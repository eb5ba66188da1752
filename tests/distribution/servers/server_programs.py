"""What the tasks of the tests' clusters run: programs as users write them."""

import json
import logging
import os
import signal
import socket
import threading
import time
import weakref

import numpy as np
import tensorflow as tf

import tfcompat_estimator as tfe
from tfcompat_estimator.distribution.servers import connection
from tfcompat_estimator.distribution.servers import serve as serve_lib

v1 = tf.compat.v1
X = np.random.RandomState(0).randn(64, 4).astype(np.float32)
Y = (X @ np.array([[1.0], [-1.0], [0.5], [2.0]], np.float32)).astype(np.float32)


def input_fn(batches=None):
  """16 rows a batch, for ever or so many batches."""
  dataset = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(16)
  return dataset if batches is None else dataset.take(batches)


class Tell(v1.train.SessionRunHook):
  """Prints the global step of each step, and takes its time."""

  def __init__(self, seconds_per_step):
    self._seconds = seconds_per_step
    self.steps = 0
    self.last = 0

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(v1.train.get_global_step())

  def after_run(self, run_context, run_values):
    print(f'step {run_values.results}', flush=True)
    self.steps += 1
    self.last = run_values.results
    time.sleep(self._seconds)


def model_fn(features, labels, mode, params, config):
  """A linear model, of which a hidden layer makes another one."""
  net = features
  if params.get('width'):
    hidden = v1.get_variable('hidden', [4, params['width']])
    net = tf.nn.relu(net @ hidden)
  prediction = net @ v1.get_variable('out', [net.shape[1], 1])
  loss = v1.losses.mean_squared_error(labels, prediction)
  optimizer = v1.train.AdamOptimizer(0.05)
  train_op = optimizer.minimize(loss, v1.train.get_or_create_global_step())
  chief_hooks = [Chief()] if mode == 'train' else []
  return tfe.EstimatorSpec(
    mode,
    predictions=prediction,
    loss=loss,
    train_op=train_op,
    training_chief_hooks=chief_hooks,
  )


class Chief(v1.train.SessionRunHook):
  """Prints that it was there."""

  def after_create_session(self, session, coord):
    print('chief hook', flush=True)


def make(model_dir, width=None, strategy=False, **config):
  config = {'save_checkpoints_steps': 20, **config}
  config.setdefault('experimental_max_worker_delay_secs', 0)
  if strategy:
    kind = v1.distribute.experimental.ParameterServerStrategy
    config['train_distribute'] = kind()
  return tfe.Estimator(
    model_fn,
    model_dir,
    tfe.RunConfig(tf_random_seed=1, **config),
    {'width': width},
  )


def train(
  model_dir,
  max_steps=100,
  seconds_per_step=0.0,
  batches=None,
  verbosity='INFO',
  without=None,
  **config,
):
  """Trains and evaluates in the role of TF_CONFIG.

  `without` ends the name of what turns parts of TensorFlow 2 off.
  """
  if without:
    getattr(v1, f'disable_{without}')()
  v1.logging.set_verbosity(verbosity)
  estimator = make(model_dir, **config)
  tfe.train_and_evaluate(
    estimator,
    tfe.TrainSpec(
      lambda: input_fn(batches), max_steps, [Tell(seconds_per_step)]
    ),
    tfe.EvalSpec(
      lambda: input_fn(4), None, start_delay_secs=0, throttle_secs=1
    ),
  )
  print('finished', flush=True)


def train_twice(model_dirs):
  """Trains one model after the other, the worker faster than the chief."""
  own_steps = []
  for model_dir, max_steps in zip(model_dirs, (40, 80), strict=True):
    estimator = make(model_dir)
    hook = Tell(0.03)
    tfe.train_and_evaluate(
      estimator,
      tfe.TrainSpec(input_fn, max_steps, [hook]),
      tfe.EvalSpec(input_fn),
    )
    own_steps.append(hook.steps)
    if estimator.config.is_chief:
      time.sleep(2)
  print('trained', json.dumps(own_steps))


def synchronous(model_dir, workers):
  """Averages the gradients of all workers for each step."""

  def sync_model_fn(features, labels, mode, config):
    prediction = features @ v1.get_variable('out', [4, 1])
    loss = v1.losses.mean_squared_error(labels, prediction)
    optimizer = v1.train.SyncReplicasOptimizer(
      v1.train.GradientDescentOptimizer(0.1), workers, workers
    )
    train_op = optimizer.minimize(loss, v1.train.get_global_step())
    hook = optimizer.make_session_run_hook(config.is_chief)
    return tfe.EstimatorSpec(
      mode, loss=loss, train_op=train_op, training_hooks=[hook]
    )

  config = tfe.RunConfig(model_dir, experimental_max_worker_delay_secs=0)
  tfe.train_and_evaluate(
    tfe.Estimator(sync_model_fn, config=config),
    tfe.TrainSpec(input_fn, 20, [Tell(0.0)]),
    tfe.EvalSpec(input_fn),
  )


def stop_early(model_dir, at_step):
  """Trains until the chief's early stopping hook has seen this step."""
  v1.logging.set_verbosity('INFO')
  estimator = make(model_dir)
  tell = Tell(0.02)
  hook = tfe.experimental.make_early_stopping_hook(
    estimator,
    lambda: tell.last >= at_step,
    run_every_secs=None,
    run_every_steps=5,
  )
  tfe.train_and_evaluate(
    estimator,
    tfe.TrainSpec(input_fn, 100000, [tell, hook]),
    tfe.EvalSpec(input_fn),
  )


def serve(before=False):
  """Is a parameter server, of a program that has computed something before."""
  if before:
    tf.constant(1.0)
  serve_lib.serve(tfe.RunConfig(), lambda: False)


def connect_at_once(server=0):
  """Computes on a parameter server as soon as anything listens there."""
  cluster = json.loads(os.environ['TF_CONFIG'])['cluster']
  host, port = cluster['ps'][server].split(':')
  while True:
    with socket.socket() as trial:
      if trial.connect_ex((host, int(port))) == 0:
        break
    time.sleep(0.005)
  nodes = {'ps': {server: cluster['ps'][server]}}
  tf.config.experimental_connect_to_cluster(tf.train.ClusterSpec(nodes))
  with tf.device(f'/job:ps/replica:0/task:{server}/device:CPU:0'):
    ones = tf.ones([10, 10])
    assert tf.reduce_sum(ones @ ones).numpy() == 1000


def count_attempts(model_dir, **config):
  """Trains; prints how many attempts to connect to the servers there are at once."""

  def look():
    while True:
      attempts = [
        each
        for each in threading.enumerate()
        if isinstance(each, connection._Attempt)  # noqa: SLF001
      ]
      print('attempts', len(attempts), flush=True)
      time.sleep(0.1)

  threading.Thread(target=look, daemon=True).start()
  train(model_dir, **config)


class _Referent:
  """What a weak reference may point to."""


def end_unheard(model_dir):
  """Plays the role of TF_CONFIG, and is told to end where Python ignores it.

  That is as the server starts: in the callback of a weak reference.
  """
  referents = [_Referent()]
  weak = weakref.ref(
    referents[0], lambda _: signal.raise_signal(signal.SIGTERM)
  )

  def tell(record):
    if record.msg == 'Start Tensorflow server.':
      referents.clear()
    return True

  logging.getLogger('tensorflow').addFilter(tell)
  train(model_dir)
  print('went on', weak)
