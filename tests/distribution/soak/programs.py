"""What the tasks of a soak run: one training, on each engine."""

import os
import time

import numpy as np
import tensorflow as tf

import tfcompat_estimator as tfe
from tests.distribution.clocks import wrong_clocks

v1 = tf.compat.v1
SERVERS, IN_STEP, MIRRORED = 'servers', 'in_step', 'mirrored'
# How long a task waits for another one.
LIMIT = 60
KEPT = 3

_ROWS = 24
X = np.random.RandomState(0).randn(_ROWS, 4).astype(np.float32)
_NOISE = 0.1 * np.random.RandomState(1).randn(_ROWS, 1)
Y = (X @ [[1.0], [-1.0], [0.5], [2.0]] + _NOISE).astype(np.float32)


class Tell(v1.train.SessionRunHook):
  """Prints the steps, takes its time, and looks where a session begins.

  What has been saved is never lost: a session begins at no earlier step.
  """

  def __init__(self, model_dir, seconds_per_step):
    self._model_dir = model_dir
    self._seconds = seconds_per_step

  def after_create_session(self, session, coord):
    saved = latest_step(self._model_dir)  # before the step is read
    step = session.run(v1.train.get_global_step())
    print(f'began at {step}, saved {saved}', flush=True)
    if step < saved:
      print(f'VIOLATION: began at {step}, but {saved} was saved', flush=True)

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(v1.train.get_global_step())

  def after_run(self, run_context, run_values):
    print(f'step {run_values.results}', flush=True)
    time.sleep(self._seconds)


def latest_step(model_dir):
  """The step of the checkpoint that the state file names; -1 without any."""
  path = tf.train.latest_checkpoint(model_dir)
  return -1 if path is None else int(path.rpartition('-')[2])


def model_fn(features, labels, mode, params):
  """A linear model with Adam or SGD.

  Which rows count how much follows from the step, not from what was read: so a
  training that was interrupted ends with the numbers of one that was not.
  """
  prediction = features['x'] @ v1.get_variable('out', [4, 1])
  if mode == 'infer':
    return tfe.EstimatorSpec(mode, predictions={'y': prediction})
  errors = tf.square(labels - prediction)
  step = v1.train.get_or_create_global_step()
  train_op = None
  if mode == 'train':
    rows = tf.range(tf.shape(errors)[0])
    phase = tf.cast(tf.cast(step, tf.int32) + rows, tf.float32)
    errors *= 1 + 0.5 * tf.cos(phase)[:, tf.newaxis]
  loss = tf.reduce_mean(errors)
  if mode == 'train':
    if params['is_exact']:
      optimizer = v1.train.AdamOptimizer(0.02)
    else:  # Where tasks go at their own pace, what they have in common converges.
      optimizer = v1.train.GradientDescentOptimizer(0.06)
    train_op = optimizer.minimize(loss, step)
  return tfe.EstimatorSpec(
    mode, predictions=prediction, loss=loss, train_op=train_op
  )


def train_input(input_context=None):
  """All rows in each batch, or those of this worker."""
  rows = tf.data.Dataset.from_tensors(({'x': X}, Y))
  if input_context is not None:
    count = input_context.num_input_pipelines
    mine = slice(input_context.input_pipeline_id, None, count)
    rows = tf.data.Dataset.from_tensors(({'x': X[mine]}, Y[mine]))
  return rows.repeat()


def eval_input():
  return tf.data.Dataset.from_tensors(({'x': X}, Y))


def receiver():
  x = v1.placeholder(tf.float32, [None, 4])
  return tfe.export.ServingInputReceiver({'x': x}, {'x': x})


def train(
  model_dir,
  engine,
  max_steps,
  seconds_per_step=0.0,
  save_steps=15,
  keep=KEPT,
  clock=None,
):
  """Trains, evaluates and exports in the role of TF_CONFIG.

  `clock` is the file that says how wrong its clock is.
  """
  if clock:
    wrong_clocks.follow(clock)
  tfe.install()
  v1.logging.set_verbosity('INFO')
  config = tfe.RunConfig(
    model_dir,
    tf_random_seed=1,
    train_distribute=_strategy(engine),
    save_checkpoints_steps=save_steps,
    save_summary_steps=50,
    keep_checkpoint_max=keep,
    session_creation_timeout_secs=LIMIT,
    experimental_max_worker_delay_secs=0,
  )
  is_exact = engine != SERVERS
  estimator = tfe.Estimator(
    model_fn, config=config, params={'is_exact': is_exact}
  )
  exporters = [
    tfe.LatestExporter('latest', receiver, exports_to_keep=2),
    tfe.BestExporter('best', receiver, exports_to_keep=2),
  ]
  tell = Tell(model_dir, seconds_per_step)
  tfe.train_and_evaluate(
    estimator,
    tfe.TrainSpec(train_input, max_steps, [tell]),
    tfe.EvalSpec(
      eval_input,
      None,
      exporters=exporters if keep else (),
      start_delay_secs=0,
      throttle_secs=5,
    ),
  )
  print('finished', flush=True)


def _strategy(engine):
  if engine == IN_STEP:
    return tf.distribute.MultiWorkerMirroredStrategy()
  if engine == SERVERS:
    return None
  os.environ.pop('TF_CONFIG', None)
  (cpu,) = tf.config.list_physical_devices('CPU')
  two = [tf.config.LogicalDeviceConfiguration()] * 2
  tf.config.set_logical_device_configuration(cpu, two)
  return tf.distribute.MirroredStrategy()
