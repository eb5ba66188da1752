"""Makes the Keras models of the contract, and some more."""

import numpy as np
import tensorflow as tf

from tests.canned import neutral
from tfcompat_estimator.keras_interop import convert
from tfcompat_estimator.records import run_config

X = neutral.data()['feature/x']
YB = neutral.data()['label/yb']
YR = neutral.data()['label/yr']
# Compiling for a few steps of fit() takes long; Keras of TF 1 has no such argument.
UNCOMPILED = {'jit_compile': False} if tf.executing_eagerly() else {}


def optimizer_of(keras, name):
  return {
    'legacy_adam': lambda: keras.optimizers.legacy.Adam(0.01),
    'new': lambda: keras.optimizers.Adam(0.01),
    'str': lambda: 'adam',
  }[name]()


def functional(keras, optimizer='legacy_adam'):
  """Dense, batch norm, dense: the contract's `keras_model`."""
  keras.utils.set_random_seed(3)
  inputs = keras.Input((3,), name='x')
  hidden = keras.layers.Dense(4, activation='relu', name='h')(inputs)
  hidden = keras.layers.BatchNormalization(name='bn')(hidden)
  outputs = keras.layers.Dense(1, activation='sigmoid', name='o')(hidden)
  model = keras.Model(inputs, outputs)
  model.compile(
    optimizer_of(keras, optimizer),
    'binary_crossentropy',
    metrics=['accuracy', keras.metrics.AUC(name='auc')],
    **UNCOMPILED,
  )
  return model


def sequential(keras, optimizer=None):
  """Two dense layers: the contract's `keras_seq`."""
  keras.utils.set_random_seed(3)
  model = keras.Sequential(
    [
      keras.layers.Dense(4, activation='relu', input_shape=(3,), name='dense'),
      keras.layers.Dense(1, name='dense_1'),
    ]
  )
  model.compile(optimizer or keras.optimizers.legacy.SGD(0.01), 'mse')
  return model


def two_by_two(keras, optimizer='sgd'):
  """Two inputs, two outputs, loss weights and metrics by output."""
  keras.utils.set_random_seed(4)
  left = keras.Input((2,), name='left')
  right = keras.Input((1,), name='right')
  joined = keras.layers.Concatenate()([left, right])
  hidden = keras.layers.Dense(4, activation='tanh', name='h')(joined)
  model = keras.Model(
    [left, right],
    [
      keras.layers.Dense(1, activation='sigmoid', name='yes')(hidden),
      keras.layers.Dense(1, name='much')(hidden),
    ],
  )
  model.compile(
    optimizer,
    loss=['binary_crossentropy', 'mse'],
    loss_weights=[1.0, 0.25],
    metrics=[['accuracy'], ['mae']],
    **UNCOMPILED,
  )
  return model


LEFT_RIGHT = {'left': X[:, :2], 'right': X[:, 2:]}
YES_MUCH = {'yes': YB.astype(np.float32), 'much': YR}


def subclassed(keras):
  """A model class of the user's, with a config."""

  class Net(keras.Model):
    def __init__(self, width=4, **kwargs):
      super().__init__(**kwargs)
      self.width = width
      self.first = keras.layers.Dense(width, activation='relu')
      self.norm = keras.layers.BatchNormalization()
      self.last = keras.layers.Dense(1)

    def call(self, inputs, training=None):
      hidden = self.norm(self.first(inputs), training=training)
      return self.last(hidden)

    def get_config(self):
      return {'width': self.width}

    @classmethod
    def from_config(cls, config):
      return cls(**config)

  model = Net(5)
  model.compile('sgd', 'mse', metrics=['mae'])
  return model


def run_settings(**kwargs):
  return run_config.RunConfig(
    tf_random_seed=42, save_summary_steps=2, log_step_count_steps=2, **kwargs
  )


def dataset_fn(features, labels=None, epochs=1, batch_size=16):
  """An input function over arrays, in order."""
  rows = features if labels is None else (features, labels)

  def input_fn():
    dataset = tf.data.Dataset.from_tensor_slices(rows)
    return dataset.repeat(epochs).batch(batch_size)

  return input_fn


FAMILIES = {
  'v1': convert.model_to_estimator,
  'v2': convert.model_to_estimator_v2,
}
