"""Runs the examples of docs/subclassing.md."""

import pathlib
import re
import time

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import tiny

PAGE = pathlib.Path(__file__).parents[2] / 'docs/subclassing.md'
v1 = tf.compat.v1


@pytest.fixture(scope='module')
def page():
  """The names that the examples define, each example by itself."""
  tfcompat_estimator.install()
  names = {}
  for code in re.findall(r'```python\n(.*?)```', PAGE.read_text(), re.DOTALL):
    namespace = {'tf': tf, 'time': time}
    exec(compile(code, str(PAGE), 'exec'), namespace)
    names.update(namespace)
  yield names
  tfcompat_estimator.uninstall()


def test_each_step_is_timed(page, model_dir):
  """The step hook sees the steps of each training."""
  estimator = page['TimedEstimator'](tiny.model_fn, model_dir)
  estimator.train(tiny.batches(), steps=4)
  assert len(estimator.seconds) == 4
  estimator.train(tiny.batches(), max_steps=5)
  assert len(estimator.seconds) == 1


def model_fn(features, labels, mode, params):
  """Predicts the column x times a weight."""
  del params
  x = tf.cast(features['x'], tf.float32)
  weight = v1.get_variable('w', [], initializer=v1.zeros_initializer())
  if mode == 'infer':
    return tf.estimator.EstimatorSpec(mode, predictions=x * weight)
  loss = tf.reduce_mean(tf.square(x * weight - tf.cast(labels, tf.float32)))
  optimizer = v1.train.GradientDescentOptimizer(0.1)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=optimizer.minimize(loss, v1.train.get_global_step()),
  )


def test_tables_are_input(page, model_dir):
  """In all three modes, in batches of the size in params."""
  table = {'x': np.arange(4), 'label': 2 * np.arange(4)}
  estimator = page['TableEstimator'](
    model_fn, model_dir, params={'batch_size': 2}
  )
  estimator.train(table, steps=40)

  assert estimator.evaluate(table)['loss'] < 1e-3
  np.testing.assert_allclose(
    list(estimator.predict({'x': [5, 6, 7]})), [10, 12, 14], rtol=0.01
  )


def test_batches_are_evaluated_one_by_one(page, model_dir):
  """In a session of TensorFlow's own, from the checkpoint of ours."""
  estimator = page['BatchwiseEstimator'](tiny.model_fn, model_dir)
  estimator.train(tiny.batches(), steps=2)
  metrics = estimator.evaluate(tiny.batches(), steps=3)

  np.testing.assert_allclose(estimator.losses, [tiny.loss_at(2)] * 3, rtol=1e-5)
  assert metrics['global_step'] == 2
  estimator.evaluate(tiny.batches(2))
  assert len(estimator.losses) == 2
