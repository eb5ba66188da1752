"""Has good data, small Estimators, and what the mistakes are made of."""

import numpy as np
import tensorflow as tf

import tfcompat_estimator as estimators

fc = tf.feature_column
v1 = tf.compat.v1

ROWS = 16
X = fc.numeric_column('x', shape=3)
CITY = fc.categorical_column_with_vocabulary_list('city', ['Bonn', 'Rome'])
CITY_VECTOR = fc.embedding_column(CITY, 2)
ROOM = fc.categorical_column_with_identity('room', 4)
ROOM_VECTOR = fc.embedding_column(ROOM, 2)

FEATURES = {
  'x': np.linspace(0, 1, ROWS * 3, dtype=np.float32).reshape(ROWS, 3),
  'city': np.array([b'Bonn', b'Rome'] * (ROWS // 2)),
  'room': np.arange(ROWS) % 4,
  'w': np.ones(ROWS, np.float32),
}
LABELS = np.arange(ROWS) % 2

# Without labels, or without a feature.
NONE = object()


def config(api, folder=None, **options):
  """A quiet `RunConfig`."""
  quiet = {'save_summary_steps': None, 'log_step_count_steps': None}
  return api.RunConfig(folder and str(folder), **{**quiet, **options})


def dataset(labels=LABELS, size=ROWS, **features):
  """Batches without end; `features` replace the usual ones."""
  named = {**FEATURES, **features}
  given = {k: value for k, value in named.items() if value is not NONE}
  rows = given if labels is NONE else (given, labels)
  return tf.data.Dataset.from_tensor_slices(rows).repeat().batch(size)


def data(*args, **features):
  """The input_fn of `dataset`."""
  return lambda: dataset(*args, **features)


def last(array, value):
  """The array with a wrong value in its last example."""
  array = np.array(array, object if isinstance(value, bytes) else None)
  array[-3] = value
  return array


def dnn(api, folder, columns=(X,), hidden_units=(4,), **options):
  """A DNNClassifier."""
  options.setdefault('config', config(api))
  return api.DNNClassifier(
    hidden_units=hidden_units,
    feature_columns=columns if not isinstance(columns, tuple) else [*columns],
    model_dir=str(folder),
    **options,
  )


def linear(api, folder, columns=(X,), **options):
  """A LinearClassifier."""
  return api.LinearClassifier(
    feature_columns=[*columns],
    model_dir=str(folder),
    config=config(api),
    **options,
  )


def regressor(api, folder, **options):
  """A DNNRegressor."""
  return api.DNNRegressor(
    [4], [X], model_dir=str(folder), config=config(api), **options
  )


def model_fn(features, labels, mode):
  """A model with layers of its own."""
  weights = v1.get_variable('weights', [3, 2])
  logits = tf.matmul(tf.cast(features['x'], tf.float32), weights)
  if mode == 'infer':
    return estimators.EstimatorSpec(mode, predictions={'logits': logits})
  loss = v1.losses.sparse_softmax_cross_entropy(labels, logits)
  step = v1.train.get_global_step()
  train_op = v1.train.GradientDescentOptimizer(0.1).minimize(loss, step)
  return estimators.EstimatorSpec(mode, loss=loss, train_op=train_op)


def custom(api, folder, function=model_fn, **options):
  """An Estimator of a model_fn."""
  options.setdefault('config', config(api))
  return api.Estimator(function, str(folder), **options)


def trained(api, folder, make=dnn, **options):
  """An Estimator with a checkpoint of step 1."""
  return make(api, folder, **options).train(data(), steps=1)


def receiver(**features):
  """A receiver function of raw features: x, unless others are given."""
  shapes = features or {'x': [None, 3]}

  def receive():
    placeholders = {
      name: v1.placeholder(tf.float32, shape, name=name)
      for name, shape in shapes.items()
    }
    return estimators.export.ServingInputReceiver(placeholders, placeholders)

  return receive
