"""Canned estimators of random configurations, deterministic from a checkpoint."""

import numpy as np
import tensorflow as tf

try:
  import tf_keras as keras
except ImportError:
  from tensorflow import keras

tf1 = tf.compat.v1
fc = tf.feature_column
ROWS = 96
BATCH = 16


def data(label):
  rng = np.random.RandomState(5)
  x = rng.normal(size=(ROWS, 3)).astype(np.float32)
  age = rng.uniform(15, 75, (ROWS, 1)).astype(np.float32)
  colour = rng.choice([b'red', b'green', b'blue', b'mauve'], (ROWS, 1))
  city = np.array([b'city%d' % i for i in rng.randint(0, 30, ROWS)])
  z = x @ np.array([1.0, -1.0, 0.5]) + 0.03 * (age[:, 0] - 45)
  z = (z + (colour[:, 0] == b'red')).astype(np.float32).reshape(-1, 1)
  labels = {
    'binary': (z > 0).astype(np.int64),
    'three': np.digitize(z, [-0.8, 0.8]).astype(np.int64),
    'number': z,
    'numbers': np.concatenate([z, 1 - 2 * z], 1),
    'count': np.floor(np.exp(np.clip(z / 2, -2, 2))),
    'bits': np.concatenate([z > 0, z > 1, age > 45], 1).astype(np.int64),
  }
  weight = rng.uniform(0.5, 2, (ROWS, 1)).astype(np.float32)
  features = {
    'x': x,
    'age': age,
    'colour': colour.astype(object),
    'city': city.reshape(-1, 1).astype(object),
    'w': weight,
  }
  return features, labels[label]


def categorical_columns():
  colour = fc.categorical_column_with_vocabulary_list(
    'colour', ['red', 'green', 'blue'], num_oov_buckets=1
  )
  decade = fc.bucketized_column(fc.numeric_column('age'), [30.0, 45.0, 60.0])
  return [
    colour,
    fc.categorical_column_with_hash_bucket('city', 10),
    fc.crossed_column(['colour', decade], 12),
  ]


def random_columns(rng, dense):
  """Numbers always, and some of the rest."""
  columns = [
    fc.numeric_column('x', shape=3),
    fc.numeric_column('age', normalizer_fn=lambda age: (age - 45.0) / 20.0),
  ]
  for column in categorical_columns():
    if rng.rand() < 0.6:
      if dense and rng.rand() < 0.5:
        column = fc.embedding_column(column, int(rng.randint(2, 5)))
      elif dense:
        column = fc.indicator_column(column)
      columns.append(column)
  if rng.rand() < 0.5:
    numbers = fc.numeric_column('age')
    columns.append(fc.bucketized_column(numbers, [25.0, 50.0]))
  return columns


def random_optimizer(rng, family):
  kind = ('Adagrad', 'Adam', 'Ftrl', 'SGD', 'momentum')[rng.randint(5)]
  if kind in ('Adagrad', 'Ftrl'):
    return kind
  rate = 0.01 if family == 'v2' else 0.001
  if family == 'v2':
    legacy = keras.optimizers.legacy
    return {
      'Adam': lambda: legacy.Adam(rate),
      'SGD': lambda: legacy.SGD(
        keras.optimizers.schedules.ExponentialDecay(rate, 10, 0.9)
      ),
      'momentum': lambda: legacy.SGD(rate, momentum=0.9),
    }[kind]
  return {
    'Adam': lambda: tf1.train.AdamOptimizer(rate),
    'SGD': lambda: tf1.train.GradientDescentOptimizer(
      tf1.train.exponential_decay(rate, tf1.train.get_global_step(), 10, 0.9)
    ),
    'momentum': lambda: tf1.train.MomentumOptimizer(rate, 0.9),
  }[kind]


def random_head(rng, family, weight_column):
  """Which kind of estimator, its arguments for the labels, and the labels."""
  kinds = ['binary', 'three', 'number', 'numbers']
  if family == 'v2':
    kinds += ['count', 'bits']
  label = kinds[rng.randint(len(kinds))]
  weight = {'weight_column': weight_column}
  if label in ('binary', 'three'):
    n_classes = 2 if label == 'binary' else 3
    return 'Classifier', {'n_classes': n_classes, **weight}, label
  if label in ('number', 'numbers'):
    dimension = 1 if label == 'number' else 2
    return 'Regressor', {'label_dimension': dimension, **weight}, label
  if label == 'count':
    head = tf.estimator.PoissonRegressionHead(**weight)
  else:
    head = tf.estimator.MultiLabelHead(3, **weight)
  return 'Estimator', {'head': head}, label


def random_estimator(seed, model_dir):
  """The estimator of a seed and an input function for it."""
  rng = np.random.RandomState(seed)
  family = ('v1', 'v2')[rng.randint(2)]
  api = tf.estimator if family == 'v2' else tf1.estimator
  network = ('DNN', 'Linear', 'DNNLinearCombined')[rng.randint(3)]
  kind, kwargs, label = random_head(
    rng, family, 'w' if rng.rand() < 0.5 else None
  )
  hidden_units = [int(n) for n in rng.randint(3, 9, rng.randint(1, 4))]
  dnn = {'batch_norm': bool(rng.rand() < 0.4)}
  if network == 'DNNLinearCombined':
    kwargs.update(
      linear_feature_columns=random_columns(rng, dense=False),
      linear_optimizer=random_optimizer(rng, family),
      dnn_feature_columns=random_columns(rng, dense=True),
      dnn_optimizer=random_optimizer(rng, family),
      dnn_hidden_units=hidden_units,
      dnn_activation_fn=(tf.nn.relu, tf.nn.tanh)[rng.randint(2)],
      **dnn,
    )
  else:
    kwargs['feature_columns'] = random_columns(rng, dense=network == 'DNN')
    kwargs['optimizer'] = random_optimizer(rng, family)
  if network == 'DNN':
    kwargs.update(
      hidden_units=hidden_units,
      activation_fn=(tf.nn.relu, tf.nn.tanh)[rng.randint(2)],
      **dnn,
    )
  config = tf.estimator.RunConfig(
    model_dir=model_dir,
    tf_random_seed=seed,
    save_summary_steps=None,
    save_checkpoints_steps=1000,
  )
  estimator = getattr(api, network + kind)(config=config, **kwargs)

  def input_fn():
    return tf.data.Dataset.from_tensor_slices(data(label)).repeat().batch(BATCH)

  return estimator, input_fn


class Losses(tf1.train.SessionRunHook):
  """Keeps the loss of each step."""

  def __init__(self):
    self.losses = []

  def before_run(self, run_context):
    graph = run_context.session.graph
    return tf1.train.SessionRunArgs(
      graph.get_operation_by_name('loss').inputs[1]
    )

  def after_run(self, run_context, run_values):
    self.losses.append(float(run_values.results))


def train(folders, steps):
  """Trains the estimator of each seed in its folder; returns the losses."""
  result = {}
  for seed, model_dir in folders.items():
    estimator, input_fn = random_estimator(int(seed), model_dir)
    hook = Losses()
    estimator.train(input_fn, hooks=[hook], steps=steps)
    result[seed] = hook.losses
  return result
