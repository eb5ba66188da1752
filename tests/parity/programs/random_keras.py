"""Keras models of random layers, as Estimators."""

import itertools

import random_custom
import random_inputs
import random_training
import tensorflow as tf

keras = random_custom.keras
tf1 = tf.compat.v1
LOSSES = {
  'binary': ['binary_crossentropy', 'mse'],
  'classes': ['sparse_categorical_crossentropy'],
  'number': ['mse', 'mae', 'huber_loss', 'logcosh'],
  'numbers': ['mse', 'mae'],
  'count': ['poisson', 'mse'],
  'bits': ['binary_crossentropy'],
}
ENDS = {
  'binary': 'sigmoid',
  'bits': 'sigmoid',
  'classes': 'softmax',
  'count': 'exponential',
  'number': None,
  'numbers': None,
}
METRICS = {
  'accuracy': lambda: 'accuracy',
  'mae': lambda: 'mae',
  'mean_squared': lambda: keras.metrics.MeanSquaredError(name='squares'),
  'auc': lambda: keras.metrics.AUC(num_thresholds=20, name='auc'),
  'precision': lambda: keras.metrics.Precision(name='precision'),
  'own': lambda: own_metric,
}


def own_metric(y_true, y_pred):
  """A function of the user's."""
  return tf.reduce_mean(tf.cast(y_true, tf.float32)) - tf.reduce_mean(y_pred)


def _optimizer(case):
  made = {**random_training.KERAS_OPTIMIZERS, **TF1, **TEXTS}
  return made[case['optimizer']]()


TEXTS = {
  'text_adam': lambda: 'adam',
  'text_rmsprop': lambda: 'rmsprop',
  'new_sgd': lambda: keras.optimizers.SGD(0.1, momentum=0.5),
  'new_adam': lambda: keras.optimizers.Adam(0.02),
}
TF1 = {
  'tf1_adam': lambda: tf1.train.AdamOptimizer(0.05),
  'tf1_momentum': lambda: tf1.train.MomentumOptimizer(0.05, 0.9),
}


def _layers(case):
  """Functions from a tensor to a tensor, one for each layer of the case."""
  seeds = itertools.count(case['seed'] * 100 + 1)
  layers = keras.layers

  def kernel():
    return keras.initializers.GlorotUniform(next(seeds))

  made = {
    'dense': lambda a: layers.Dense(
      4,
      a,
      kernel_initializer=kernel(),
      kernel_regularizer='l2' if case.get('l2') else None,
    ),
    'batch_norm': lambda a: layers.BatchNormalization(momentum=0.8),
    'dropout': lambda a: layers.Dropout(0.3, seed=next(seeds)),
    'noise': lambda a: layers.GaussianNoise(0.1, seed=next(seeds)),
    'layer_norm': lambda a: layers.LayerNormalization(),
    'activation': lambda a: layers.Activation(a or 'elu'),
    'prelu': lambda a: layers.PReLU(),
    'lambda': lambda a: layers.Lambda(_half),
    'activity': lambda a: layers.ActivityRegularization(l2=0.01),
  }
  return [
    made[kind](None if activation == 'none' else activation)
    for kind, activation in case['layers']
  ], kernel


def _half(x):
  return x * 0.5


def _encoded(case, name, x, kernel):
  """What an input becomes before the layers."""
  layers = keras.layers
  if name == 'ids':
    table = layers.Embedding(9, 3, embeddings_initializer=kernel())
    return layers.Flatten()(table(x))
  if name == 'seq':
    make = {
      'lstm': layers.LSTM,
      'gru': layers.GRU,
      'basic': layers.SimpleRNN,
    }.get(case['cell'])
    if make:
      recurrent = keras.initializers.GlorotNormal(case['seed'])
      return make(
        3, kernel_initializer=kernel(), recurrent_initializer=recurrent
      )(x)
    made = layers.Conv1D(3, 2, kernel_initializer=kernel())(x)
    return layers.GlobalAveragePooling1D()(made)
  return x


def functional(case):
  """A model of the inputs that the case uses."""
  stack, kernel = _layers(case)
  inputs = {
    name: keras.Input(
      random_inputs.SPECS[name][0],
      name=name,
      dtype=random_inputs.SPECS[name][1]
      if random_inputs.SPECS[name][1] != tf.float64
      else tf.float32,
    )
    for name in case['used']
  }
  encoded = [_encoded(case, k, v, kernel) for k, v in inputs.items()]
  x = encoded[0] if len(encoded) == 1 else keras.layers.Concatenate()(encoded)
  for layer in stack:
    x = layer(x)
  out = keras.layers.Dense(
    random_training.UNITS[case['task']],
    ENDS[case['task']],
    kernel_initializer=kernel(),
    name='out',
  )(x)
  return keras.Model(inputs if case.get('dict') else list(inputs.values()), out)


def sequential(case):
  stack, kernel = _layers(case)
  end = keras.layers.Dense(
    random_training.UNITS[case['task']],
    ENDS[case['task']],
    kernel_initializer=kernel(),
    name='out',
  )
  first = keras.layers.InputLayer([3], name='x')
  return keras.Sequential([first, *stack, end])


def estimator(case, config, warm):
  """model_to_estimator of a compiled model, maybe one that was fitted."""
  del warm
  model = (
    sequential
    if case['used'] == ['x'] and case.get('sequential')
    else functional
  )(case)
  losses = LOSSES[case['task']]
  model.compile(
    _optimizer(case),
    losses[case['seed'] % len(losses)],
    metrics=[METRICS[name]() for name in case['metrics']] or None,
  )
  api = tf.keras if case['family'] == 'v2' else tf1.keras
  return api.estimator.model_to_estimator(
    model, config=config, checkpoint_format=case['format']
  )
