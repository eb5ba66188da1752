"""Goes on from a SavedModel of all modes by a SavedModelEstimator."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow_estimator.python.estimator.canned import saved_model_estimator

tf1 = tf.compat.v1
X = np.linspace(-1, 1, 24).reshape(8, 3).astype(np.float32)
Y = X @ np.float32([[1.0], [-2.0], [0.5]]) + 0.25


def input_fn():
  return tf.data.Dataset.from_tensors(({'x': X}, Y)).repeat()


def predict_input_fn():
  return tf.data.Dataset.from_tensors({'x': X})


def model_fn(features, labels, mode):
  kernel = tf1.get_variable(
    'kernel', [3, 1], initializer=tf1.ones_initializer()
  )
  bias = tf1.get_variable('bias', [1], initializer=tf1.zeros_initializer())
  prediction = tf.matmul(features['x'], kernel) + bias
  exports = {
    'serving_default': tf.estimator.export.PredictOutput({'y': prediction})
  }
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode, predictions={'y': prediction}, export_outputs=exports
    )
  loss = tf.reduce_mean(tf.square(prediction - labels))
  step = tf1.train.get_global_step()
  train_op = tf1.train.MomentumOptimizer(0.1, 0.9).minimize(loss, step)
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    predictions={'y': prediction},
    eval_metric_ops={
      'mae': tf1.metrics.mean_absolute_error(labels, prediction)
    },
    export_outputs=exports,
  )


def receivers(modes):
  with tf.Graph().as_default():
    features = {'x': tf.constant(X)}
    supervised = (
      tf.estimator.experimental.build_raw_supervised_input_receiver_fn(
        features, tf.constant(Y)
      )
    )
    serving = tf.estimator.export.build_raw_serving_input_receiver_fn(features)
  made = {'train': supervised, 'eval': supervised, 'infer': serving}
  return {mode: made[mode] for mode in modes}


def export(folder, modes=('train', 'eval', 'infer')):
  """Trains, and exports what was trained."""
  estimator = tf.estimator.Estimator(model_fn, tempfile.mkdtemp())
  estimator.train(input_fn, steps=5)
  path = estimator.experimental_export_all_saved_models(
    folder, receivers(modes)
  )
  return path.decode()


def observed(estimator, trained=True):
  return {
    'latest': os.path.basename(estimator.latest_checkpoint()),
    'variables': {
      name: estimator.get_variable_value(name)
      for name in (sorted(estimator.get_variable_names()) if trained else ())
    },
    'metrics': {
      key: float(value)
      for key, value in estimator.evaluate(input_fn, steps=2).items()
    },
    'predictions': [one['y'] for one in estimator.predict(predict_input_fn)],
  }


def go_on(path):
  """What a SavedModelEstimator gives before and after it trains on."""
  model_dir = tempfile.mkdtemp()
  make = saved_model_estimator.SavedModelEstimator
  estimator = make(path, model_dir)
  before = observed(estimator, trained=False)
  estimator.train(input_fn, steps=3)
  after = observed(estimator)
  again = make(path, model_dir)
  again.train(input_fn, steps=2)
  folder = again.export_saved_model(
    tempfile.mkdtemp(), receivers(['infer'])['infer']
  )
  loaded = tf.saved_model.load(folder.decode())
  served = loaded.signatures['serving_default'](x=tf.constant(X))
  return {
    'before': before,
    'after': after,
    'again': observed(again),
    'served': {key: value.numpy() for key, value in served.items()},
  }


def refusals(folder):
  """What cannot be done with an export of one mode, and the kind of error."""
  found = {}

  def attempt(name, function):
    try:
      found[name] = str(function())
    except Exception as error:  # noqa: BLE001
      found[name] = type(error).__name__

  make = saved_model_estimator.SavedModelEstimator
  path = export(folder, ['infer'])
  estimator = make(path)
  attempt('train', lambda: estimator.train(input_fn, steps=1))
  attempt('evaluate', lambda: estimator.evaluate(input_fn, steps=1))
  attempt('predict', lambda: len(list(estimator.predict(predict_input_fn))))
  attempt('nowhere', lambda: make(os.path.join(folder, 'nowhere')) is not None)
  attempt(
    'features',
    lambda: list(
      estimator.predict(lambda: tf.data.Dataset.from_tensors({'z': X}))
    ),
  )
  attempt(
    'tensor',
    lambda: list(estimator.predict(lambda: tf.data.Dataset.from_tensors(X))),
  )
  return found
