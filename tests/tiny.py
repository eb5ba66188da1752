"""Offers a model of one weight, and hooks that write down when they are called.

The weight `m/w` starts at 0 and moves towards 1 by plain gradient descent on
(1 - w)^2 with a rate of 0.1; the metric `m` is its value. So the loss at global
step n is 0.64^n, whatever the batch.
"""

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config

v1 = tf.compat.v1


def model_fn(features, labels, mode):
  """The model; labels do not matter to it."""
  del labels
  weight = v1.get_variable('m/w', [], initializer=v1.zeros_initializer())
  loss = tf.reduce_mean(tf.square(features - weight))
  optimizer = v1.train.GradientDescentOptimizer(0.1)
  return estimator_specs.EstimatorSpec(
    mode,
    predictions={'p': features * weight},
    loss=loss,
    train_op=optimizer.minimize(loss, v1.train.get_global_step()),
    eval_metric_ops={'m': v1.metrics.mean(weight)},
  )


def batches(count=None):
  """An input_fn of `count` batches of one example; None for no end."""

  def input_fn():
    ones = tf.constant([1.0])
    return tf.data.Dataset.from_tensors((ones, ones)).repeat(count)

  return input_fn


def loss_at(step):
  """The loss of a batch at a global step."""
  return 0.64**step


def estimator(model_dir, **config):
  """An Estimator of the model, quiet unless `config` says otherwise."""
  quiet = {'save_summary_steps': 0, 'log_step_count_steps': None}
  return base_estimator.EstimatorV2(
    model_fn, str(model_dir), run_config.RunConfig(**{**quiet, **config})
  )


class Recorder(v1.train.SessionRunHook):
  """Appends its name and what is called to a list.

  Args:
    calls: The list.
    name: What to append, before a dot and the method's name.
    stop_after: Requests a stop after so many runs.
  """

  def __init__(self, calls, name, stop_after=None):
    self.calls = calls
    self.name = name
    self.stop_after = stop_after
    self.runs = 0

  def begin(self):
    self._global_step = v1.train.get_global_step()
    self.calls.append(f'{self.name}.begin')

  def after_create_session(self, session, coord):
    step = session.run(self._global_step)
    self.calls.append(f'{self.name}.after_create_session(gs={step})')

  def before_run(self, run_context):
    self.calls.append(f'{self.name}.before_run')
    return v1.train.SessionRunArgs(self._global_step)

  def after_run(self, run_context, run_values):
    self.runs += 1
    step = run_values.results
    self.calls.append(f'{self.name}.after_run(fetched gs={step})')
    if self.runs == self.stop_after:
      run_context.request_stop()

  def end(self, session):
    step = session.run(self._global_step)
    self.calls.append(f'{self.name}.end(gs={step})')


class SaveRecorder(v1.train.CheckpointSaverListener):
  """Does the same around saves of checkpoints."""

  def __init__(self, calls, name):
    self.calls = calls
    self.name = name

  def begin(self):
    self.calls.append(f'{self.name}.begin')

  def before_save(self, session, global_step_value):
    self.calls.append(f'{self.name}.before_save({global_step_value})')

  def after_save(self, session, global_step_value):
    self.calls.append(f'{self.name}.after_save({global_step_value})')

  def end(self, session, global_step_value):
    self.calls.append(f'{self.name}.end({global_step_value})')


def write_metrics(directory, values):
  """Writes an event file of (step, metric name, value) triples."""
  with tf.Graph().as_default():
    writer = v1.summary.FileWriter(directory)
    for step, name, value in values:
      metric = v1.Summary.Value(tag=name, simple_value=value)
      writer.add_summary(v1.Summary(value=[metric]), step)
    writer.close()
