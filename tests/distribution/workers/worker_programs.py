"""What the workers of the tests run: a program as users write them."""

import json
import math
import os
import sys
import time

import numpy as np
import tensorflow as tf

import tfcompat_estimator as tfe
from tfcompat_estimator.distribution.workers import worker_sessions
from tfcompat_estimator.session_emulation.loops import warm_up

v1 = tf.compat.v1
X = np.random.RandomState(0).randn(64, 4).astype(np.float32)
Y = (X @ np.array([[1.0], [-1.0], [0.5], [2.0]], np.float32)).astype(np.float32)


class Tell(v1.train.SessionRunHook):
  """Prints step and loss, and takes its time.

  Args:
    seconds_per_step: That it takes.
    stop_at: The step at which it stops this worker, or None.
    every: So many steps lie between two that it must see: others may be fused.
  """

  def __init__(self, seconds_per_step, stop_at=None, every=1):
    self._seconds = seconds_per_step
    self._stop_at = stop_at
    self._every = every

  def runs_before_control(self, global_step):
    return self._every - 1 - global_step % self._every

  def begin(self):
    self._fetch = {
      'step': v1.train.get_global_step(),
      'loss': v1.get_collection(v1.GraphKeys.LOSSES)[-1],
    }

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._fetch)

  def after_run(self, run_context, run_values):
    step, loss = run_values.results['step'], run_values.results['loss']
    print(f'step {step} loss {loss:.6f}', flush=True)
    time.sleep(self._seconds)
    if step == self._stop_at:
      run_context.request_stop()


def model_fn(features, labels, mode, params):
  """A network that also counts what all workers have seen, together.

  Its gradient of `rows` is sparse, and as long as a batch has distinct words.
  """
  seen = v1.get_variable(
    'seen',
    [],
    initializer=v1.zeros_initializer(),
    trainable=False,
    synchronization=tf.VariableSynchronization.ON_READ,
    aggregation=tf.VariableAggregation.SUM,
  )
  hidden = v1.get_variable(
    'hidden', [4, params['width']], initializer=v1.constant_initializer(0.1)
  )
  last = v1.get_variable(
    'last', [params['width'], 1], initializer=v1.constant_initializer(0.2)
  )
  rows = v1.get_variable('rows', [7, 2], initializer=v1.zeros_initializer())
  words = tf.unique(tf.cast(4 * tf.abs(features[:, 0]), tf.int64) % 7)[0]
  out = tf.nn.tanh(features @ hidden) @ last
  out += tf.reduce_mean(tf.nn.embedding_lookup(rows, words))
  loss = v1.losses.mean_squared_error(labels, out)
  train_op = None
  if mode == 'train':
    with tf.control_dependencies([seen.assign_add(tf.reduce_sum(features))]):
      train_op = v1.train.AdamOptimizer(0.05).minimize(
        loss, v1.train.get_or_create_global_step()
      )
  if params.get('nan_at'):
    step = v1.train.get_or_create_global_step()
    loss *= tf.where(tf.equal(step, params['nan_at']), np.nan, 1.0)
  v1.summary.scalar('mine', loss)
  return tfe.EstimatorSpec(mode, predictions=out, loss=loss, train_op=train_op)


def shard(input_context, batches=None):
  """The batches of this worker: every other one of two workers."""
  dataset = tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(8)
  dataset = dataset.shard(
    input_context.num_input_pipelines, input_context.input_pipeline_id
  )
  return dataset if batches is None else dataset.take(batches)


def begin(without=None):
  """Does what a script of old begins with.

  Args:
    without: Ends the name of what turns parts of TensorFlow 2 off, or None. One
      kind of program is without install(), too, which prepares the strategy.
  """
  if without != 'eager_execution':
    tfe.install()
  v1.logging.set_verbosity('INFO')
  if without:
    getattr(v1, f'disable_{without}')()


def train(
  model_dir,
  max_steps=40,
  seconds_per_step=0.0,
  width=3,
  batches=None,
  stop_at=None,
  every=1,
  early=None,
  nan_at=None,
  stays=False,
  without=None,
  patience=None,
  seconds_to_build=0.0,
  evaluate_under_it=False,
  **config,
):
  """Trains in the role of TF_CONFIG under MultiWorkerMirroredStrategy.

  Values that differ are lists, one for each task. Loops are built at once.
  `patience` is how many seconds a worker that has ended waits for the others to
  end, too.
  """
  warm_up.SECONDS_PER_OPERATION, warm_up.SLOW_RUN_SECONDS = 0, math.inf
  if patience is not None:
    worker_sessions._SECONDS_TO_END_TOGETHER = patience  # noqa: SLF001
  task = json.loads(os.environ['TF_CONFIG'])['task']

  def own(value):
    return value[_index(task)] if isinstance(value, list) else value

  def input_fn(input_context):
    time.sleep(own(seconds_to_build))
    return shard(input_context, own(batches))

  begin(without)
  strategy = _strategy(old=without == 'v2_behavior')
  config = tfe.RunConfig(
    own(model_dir),
    tf_random_seed=1,
    train_distribute=strategy,
    eval_distribute=strategy if evaluate_under_it else None,
    **{'save_checkpoints_steps': 10, 'save_summary_steps': 5, **config},
  )
  estimator = tfe.Estimator(
    model_fn, config=config, params={'width': own(width), 'nan_at': nan_at}
  )
  hooks = [Tell(seconds_per_step, own(stop_at), own(every))]
  if early:
    hooks.append(
      tfe.experimental.make_early_stopping_hook(
        estimator, lambda: True, run_every_secs=None, run_every_steps=early
      )
    )
  try:
    tfe.train_and_evaluate(
      estimator,
      tfe.TrainSpec(input_fn, own(max_steps), hooks),
      tfe.EvalSpec(
        lambda: tf.data.Dataset.from_tensors((X, Y)),
        start_delay_secs=0,
        throttle_secs=0,
      ),
    )
  finally:
    # What a notebook does: the process stays when training has failed.
    if own(stays) and sys.exc_info()[0] is not None:
      print('stays', repr(sys.exc_info()[1]), flush=True)
      time.sleep(100)
  print('finished', json.dumps(sorted(os.listdir(own(model_dir)))), flush=True)


def _strategy(old):
  """That of TensorFlow 1 or 2, with what may be said about collectives."""
  experimental = tf.distribute.experimental
  if old:
    return v1.distribute.experimental.MultiWorkerMirroredStrategy(
      experimental.CollectiveCommunication.RING
    )
  return tf.distribute.MultiWorkerMirroredStrategy(
    communication_options=experimental.CommunicationOptions(
      bytes_per_pack=2**20,
      implementation=experimental.CommunicationImplementation.AUTO,
    )
  )


def _index(task):
  spec = json.loads(os.environ['TF_CONFIG'])['cluster']
  return task['index'] + (
    len(spec.get('chief', ())) if task['type'] == 'worker' else 0
  )


def mirrored(model_dir, max_steps=40):
  """The same with two replicas in one process."""
  (cpu,) = tf.config.list_physical_devices('CPU')
  tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
  )
  config = tfe.RunConfig(
    model_dir,
    tf_random_seed=1,
    save_checkpoints_steps=10,
    train_distribute=tf.distribute.MirroredStrategy(),
  )
  estimator = tfe.Estimator(model_fn, config=config, params={'width': 3})
  estimator.train(
    lambda: tf.data.Dataset.from_tensor_slices((X, Y)).repeat().batch(8),
    [Tell(0)],
    max_steps=max_steps,
  )


def bare_train(model_dir):
  """Calls `train`, which does not read the task."""
  strategy = tf.distribute.MultiWorkerMirroredStrategy()
  config = tfe.RunConfig(model_dir, train_distribute=strategy)
  tfe.Estimator(model_fn, config=config, params={'width': 3}).train(
    shard, steps=1
  )
