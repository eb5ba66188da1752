"""Estimators of tf.contrib.learn, from given values on."""

import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import layers, learn
from tensorflow.contrib.learn.python.learn.estimators import (
  model_fn as model_fn_lib,
)
from tensorflow.contrib.learn.python.learn.utils import input_fn_utils

ROWS = 24


def numbers(*shape):
  """Values between -1 and 1 that do not repeat."""
  count = int(np.prod(shape))
  return np.sin(np.arange(1, count + 1) * 1.7).reshape(shape).astype('f')


X = numbers(ROWS, 3)
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


class GivenValues(tf.train.SessionRunHook):
  """Trainable variables begin at values that tell which they are."""

  def after_create_session(self, session, coord):
    for variable in tf.trainable_variables():
      shape = variable.shape.as_list()
      variable.load(0.7 * numbers(*shape) if shape else 0.7, session)


def of_columns():
  """Features of all kinds, and a label."""
  words = [[b'xyz'[i % 3 : i % 3 + 1]] for i in range(ROWS)]
  return {
    'a': tf.constant(X[:, :1]),
    'b': tf.constant(X[:, 1]),
    'w': tf.SparseTensor(
      [[i, 0] for i in range(ROWS)], [w for (w,) in words], [ROWS, 1]
    ),
    'weight': tf.constant(np.abs(X[:, 2]) + 0.5),
  }, tf.constant(Y[:, np.newaxis])


def columns():
  """Those of a linear model and those of a network."""
  a, b = (layers.real_valued_column(name) for name in 'ab')
  words = layers.sparse_column_with_keys('w', ['x', 'y', 'z'])
  buckets = layers.bucketized_column(a, [-0.5, 0.0, 0.5])
  hashed = layers.sparse_column_with_hash_bucket('w', 7)
  return [words, buckets, b], [
    b,
    a,
    layers.embedding_column(hashed, 2, combiner='sum'),
    layers.one_hot_column(words),
    buckets,
  ]


def model_fn(features, labels, mode, params):
  """A network that looks at no mode to make its loss, as many did."""
  net = layers.fully_connected(features, params['units'], scope='first')
  logits = layers.fully_connected(net, 2, activation_fn=None, scope='second')
  loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
  train_op = layers.optimize_loss(
    loss, tf.train.get_global_step(), learning_rate=0.1, optimizer='Adagrad'
  )
  predictions = {'classes': tf.argmax(logits, 1), 'scores': logits}
  if mode == learn.ModeKeys.TRAIN:
    return predictions, loss, train_op
  return model_fn_lib.ModelFnOps(mode, predictions, loss)


def told(estimator, evaluated, predicted):
  """What an Estimator says, and its variables."""
  names = estimator.get_variable_names()
  return {
    'metrics': {k: np.asarray(v, 'f') for k, v in evaluated.items()},
    'predictions': predicted,
    'variables': {
      name: estimator.get_variable_value(name)
      for name in names
      if 'global_step/' not in name
    },
  }


def network(folder):
  estimator = learn.DNNClassifier(
    [4], learn.infer_real_valued_columns_from_input(X), folder, 3
  )
  labels = Y + (X[:, 2] > 0.5)
  estimator.fit(X, labels, steps=4, batch_size=10, monitors=[GivenValues()])
  spec = learn.MetricSpec(tf.metrics.mean_absolute_error, 'classes')
  return told(
    estimator,
    estimator.evaluate(X, labels, batch_size=9, metrics={'error': spec}),
    [list(estimator.predict(X[:5])), list(estimator.predict_proba(X[:5]))],
  )


def regressor(folder):
  estimator = learn.DNNRegressor(
    hidden_units=[4],
    feature_columns=[layers.real_valued_column('', dimension=3)],
    model_dir=folder,
    enable_centered_bias=True,
    optimizer=tf.train.AdamOptimizer(0.1),
    gradient_clip_norm=0.5,
  )
  estimator.fit(X, X[:, 1], steps=4, batch_size=10, monitors=[GivenValues()])
  evaluated = estimator.evaluate(
    X,
    X[:, 1],
    metrics={'error': lambda p, y: tf.metrics.mean_absolute_error(y, p)},
  )
  return told(estimator, evaluated, list(estimator.predict(X[:5])))


def linear(folder):
  estimator = learn.LinearClassifier(
    columns()[0], folder, weight_column_name='weight'
  )
  estimator.fit(input_fn=of_columns, steps=4, monitors=[GivenValues()])
  evaluated = estimator.evaluate(input_fn=of_columns, steps=1)
  return told(
    estimator, evaluated, list(estimator.predict(input_fn=of_columns))
  )


def combined(folder):
  estimator = learn.DNNLinearCombinedClassifier(
    folder,
    linear_feature_columns=columns()[0],
    dnn_feature_columns=columns()[1],
    dnn_hidden_units=[3],
    fix_global_step_increment_bug=True,
  )
  estimator.fit(input_fn=of_columns, steps=4, monitors=[GivenValues()])
  evaluated = estimator.evaluate(input_fn=of_columns, steps=1)
  path = estimator.export_savedmodel(
    os.path.join(folder, 'export'),
    input_fn_utils.build_parsing_serving_input_fn(
      layers.create_feature_spec_for_parsing(columns()[1])
    ),
  )
  with tf.Session(graph=tf.Graph()) as session:
    graph = tf.saved_model.loader.load(session, ['serve'], path.decode())
  result = told(estimator, evaluated, [])
  result['signatures'] = {
    name: [
      each.method_name,
      ' '.join(sorted(each.inputs)),
      ' '.join(sorted(each.outputs)),
    ]
    for name, each in graph.signature_def.items()
  }
  return result


def custom(folder):
  """By scikit-learn's methods, with a monitor that ends the training."""
  estimator = learn.Estimator(
    model_fn,
    folder,
    learn.RunConfig(save_checkpoints_secs=None, save_checkpoints_steps=2),
    {'units': 4},
  )
  monitor = learn.monitors.ValidationMonitor(
    X,
    Y,
    every_n_steps=2,
    early_stopping_rounds=4,
    early_stopping_metric_minimize=False,
    check_interval_secs=None,
  )
  captured = learn.monitors.CaptureVariable('second/biases:0', every_n=3)
  compatible = learn.SKCompat(estimator)
  compatible.fit(
    X,
    Y,
    batch_size=10,
    steps=30,
    monitors=[GivenValues(), monitor, captured],
  )
  result = told(
    estimator, compatible.score(X, Y), compatible.predict(X[:5])['scores']
  )
  result['stopped'] = [bool(monitor.early_stopped), monitor.best_step]
  result['captured'] = sorted(captured.values)
  return result


def all_of_them():
  results = {}
  for function in (network, regressor, linear, combined, custom):
    folder = tempfile.mkdtemp()
    results[function.__name__] = function(folder)
  return results
