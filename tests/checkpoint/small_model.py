"""A model whose every step follows from its variables alone."""

import glob
import os

import numpy as np
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs, run_config

v1 = tf.compat.v1
X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]], np.float32)
Y = np.array([[1.0], [-2.0], [0.5]], np.float32)


def input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y)).repeat()


def eval_input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y))


def model_fn(features, labels, mode, params):
  """Two dense layers by hand, trained with Adagrad."""
  units = params.get('units', 3)
  w = v1.get_variable('m/w', [2, units], initializer=v1.zeros_initializer())
  b = v1.get_variable('m/b', [units], initializer=v1.ones_initializer())
  v = v1.get_variable('m/v', [units, 1], initializer=v1.ones_initializer())
  out = tf.matmul(tf.tanh(tf.matmul(features['x'], w) + b), v)
  predictions = {'y': out}
  loss = train_op = None
  if mode != 'infer':
    loss = tf.reduce_mean(tf.square(out - labels))
  if mode == 'train':
    loss = params.get('spoil', lambda loss: loss)(loss)
    optimizer = v1.train.AdagradOptimizer(0.1)
    train_op = optimizer.minimize(loss, v1.train.get_global_step())
  return estimator_specs.EstimatorSpec(
    mode, predictions=predictions, loss=loss, train_op=train_op
  )


def make(model_dir, params=None, warm_start_from=None, **config):
  config.setdefault('save_checkpoints_steps', 1)
  config.setdefault('log_step_count_steps', None)
  config.setdefault('save_summary_steps', None)
  return base_estimator.Estimator(
    model_fn,
    config=run_config.RunConfig(model_dir=os.fspath(model_dir), **config),
    params=params or {},
    warm_start_from=warm_start_from,
  )


def train(model_dir, max_steps, params=None, **config):
  """Trains up to a step; returns the estimator."""
  return make(model_dir, params, **config).train(input_fn, max_steps=max_steps)


def values(model_dir):
  """All variables of the latest checkpoint by name."""
  estimator = make(model_dir)
  return {
    name: estimator.get_variable_value(name)
    for name in estimator.get_variable_names()
  }


def values_of(model_dir):
  """All that the latest checkpoint has, by key, but how it describes objects."""
  found = tf.train.load_checkpoint(os.fspath(model_dir))
  return {
    key: found.get_tensor(key)
    for key in found.get_variable_to_shape_map()
    if not key.startswith('_CHECKPOINTABLE')
  }


def steps_on_disk(model_dir):
  """The steps of the checkpoints that lie in a directory."""
  paths = glob.glob(os.path.join(model_dir, 'model.ckpt-*.index'))
  return sorted(int(path.split('-')[-1].split('.')[0]) for path in paths)


def assert_same(actual, expected):
  assert set(actual) == set(expected)
  for name, value in expected.items():
    np.testing.assert_array_equal(actual[name], value, err_msg=name)
