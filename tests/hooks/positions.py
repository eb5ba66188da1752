"""Offers a model of which one can see what it was fed, and a long input."""

import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config

v1 = tf.compat.v1


def numbers():
  """0, 1, 2 and so on."""
  return tf.data.Dataset.range(10**6)


def model_fn(features, labels, mode):
  """Counts; each batch is in the collection `read`."""
  del labels
  v1.add_to_collection('read', features)
  weight = v1.get_variable('w', [], initializer=v1.zeros_initializer())
  loss = weight * tf.cast(features, tf.float32)
  optimizer = v1.train.GradientDescentOptimizer(0.0)
  return estimator_specs.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, v1.train.get_global_step()),
  )


def estimator(model_dir, **config):
  """An Estimator of that model."""
  quiet = {'save_summary_steps': 0, 'log_step_count_steps': None}
  return base_estimator.EstimatorV2(
    model_fn, str(model_dir), run_config.RunConfig(**{**quiet, **config})
  )


class Reader(v1.train.SessionRunHook):
  """Appends what each step reads to a list."""

  def __init__(self, seen):
    self._seen = seen

  def begin(self):
    (self._element,) = v1.get_collection('read')

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._element)

  def after_run(self, run_context, run_values):
    self._seen.append(int(run_values.results))


class SameAsStep(v1.train.SessionRunHook):
  """Fails where a number is not that of the step that reads it."""

  def begin(self):
    (self._element,) = v1.get_collection('read')
    self._step = v1.train.get_global_step()

  def before_run(self, run_context):
    return v1.train.SessionRunArgs([self._element, self._step])

  def after_run(self, run_context, run_values):
    element, step = run_values.results
    if element != step:
      raise AssertionError(f'step {step} has read {element}')
