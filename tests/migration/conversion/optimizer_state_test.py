"""Trains by an Estimator and on by Keras, and by the Estimator alone."""

import functools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators

fc = tf.feature_column
train = tf.compat.v1.train
legacy = tf_keras.optimizers.legacy

RANDOM = np.random.RandomState(5)
FEATURES = {
  'x': RANDOM.rand(320, 2).astype(np.float32),
  'word': RANDOM.choice(['a', 'b', 'c', 'e'], (320, 1)),
}
LABELS = (FEATURES['x'][:, :1] + (FEATURES['word'] == 'a') > 0.8).astype(int)

OPTIMIZERS = {
  'v2 Adagrad': lambda: legacy.Adagrad(0.1),
  'v2 Adam': lambda: legacy.Adam(0.02, beta_2=0.99, epsilon=1e-5),
  'v2 Ftrl': lambda: legacy.Ftrl(0.1, l1_regularization_strength=0.01),
  'v2 SGD': lambda: legacy.SGD(0.1, momentum=0.9, nesterov=True),
  'v2 schedule': lambda: legacy.SGD(
    tf_keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)
  ),
  'v2 new Adagrad': lambda: tf_keras.optimizers.Adagrad(0.1),
  'v2 new Adam': lambda: tf_keras.optimizers.Adam(0.02, beta_2=0.99),
  'v2 new Ftrl': lambda: tf_keras.optimizers.Ftrl(0.1),
  'v2 new SGD': lambda: tf_keras.optimizers.SGD(0.1, momentum=0.9),
  'v1 Adagrad': lambda: train.AdagradOptimizer(0.1),
  'v1 Adam': lambda: train.AdamOptimizer(0.02),
  'v1 Ftrl': lambda: train.FtrlOptimizer(0.1, l2_regularization_strength=0.01),
  'v1 Momentum': lambda: train.MomentumOptimizer(0.02, 0.9),
  'v1 GradientDescent': lambda: train.GradientDescentOptimizer(0.05),
}


def batches(first, count):
  """Of ten examples each, for input_fn and for fit."""
  dataset = tf.data.Dataset.from_tensor_slices((FEATURES, LABELS)).batch(10)
  return dataset.skip(first).take(count)


def columns(kind):
  word = fc.categorical_column_with_vocabulary_list(
    'word', ['a', 'b', 'c', 'd']
  )
  x = fc.numeric_column('x', shape=[2])
  return {
    'numbers': [x],
    'DNN': [x, fc.embedding_column(word, 3)],
    'Linear': [x, word],
  }[kind]


def make(kind, name, folder):
  api = getattr(estimators, name[:2])
  settings = {
    'optimizer': OPTIMIZERS[name],
    'config': api.RunConfig(model_dir=str(folder), tf_random_seed=3),
  }
  if kind != 'Linear':
    return api.DNNClassifier([4], columns(kind), **settings)
  return api.LinearClassifier(columns(kind), **settings)


# Not among them, since Keras' optimizers do otherwise: rows of a table that a batch
# does not read, by momentum, and by Ftrl where they began with another value than
# zero; and in Keras 3 rows that it reads twice, of which it adds up the squares.
CASES = [
  *(('tf_keras', 'numbers', name) for name in OPTIMIZERS),
  *(
    ('tf_keras', kind, name)
    for kind in ('DNN', 'Linear')
    for name in OPTIMIZERS
    if name not in ('v2 SGD', 'v2 new SGD', 'v1 Momentum')
    and (kind, name[-4:]) != ('DNN', 'Ftrl')
  ),
  *(('keras3', 'numbers', name) for name in OPTIMIZERS),
  ('keras3', 'DNN', 'v2 schedule'),
  ('keras3', 'Linear', 'v1 GradientDescent'),
]
DEFAULT = [
  ('tf_keras', 'numbers', 'v1 Momentum'),
  ('tf_keras', 'DNN', 'v2 Adam'),
  ('tf_keras', 'numbers', 'v2 new SGD'),
  ('tf_keras', 'Linear', 'v1 Ftrl'),
  ('keras3', 'numbers', 'v1 Adagrad'),
  ('keras3', 'numbers', 'v2 new SGD'),
  ('keras3', 'DNN', 'v2 schedule'),
]


@pytest.mark.eager
@pytest.mark.parametrize(
  'backend, kind, name',
  [
    pytest.param(*case, marks=[] if case in DEFAULT else pytest.mark.slow)
    for case in CASES
  ],
)
def test_fit_goes_on_where_train_stopped(backend, kind, name, tmp_path):
  """Ten steps of both are twenty of the Estimator, to 1e-6."""
  estimator = make(kind, name, tmp_path)
  estimator.train(functools.partial(batches, 0, 10))
  model = estimators.to_keras(estimator, backend=backend)
  on = batches(10, 10)
  if backend == 'keras3':
    on = on.map(lambda x, y: (x, {'logits': y}))

  model.fit(on, verbose=0)

  estimator.train(functools.partial(batches, 10, 10))
  expected = estimators.to_keras(estimator, backend=backend)
  assert int(model.optimizer.iterations) == 20
  pairs = zip(model.get_weights(), expected.get_weights(), strict=True)
  assert max(np.abs(a - b).max() for a, b in pairs) < 1e-6


@pytest.mark.eager
def test_what_keras_has_no_optimizer_for(tmp_path, caplog):
  """Of two optimizers none is taken over, and a line says so."""
  estimator = estimators.DNNLinearCombinedClassifier(
    str(tmp_path),
    linear_feature_columns=columns('numbers'),
    dnn_feature_columns=columns('numbers'),
    dnn_hidden_units=[2],
  ).train(functools.partial(batches, 0, 2))

  model = estimators.to_keras(estimator)

  assert isinstance(model.optimizer, tf_keras.optimizers.Adam)
  assert int(model.optimizer.iterations) == 0
  assert 'the Estimator has two, Keras one' in caplog.text
