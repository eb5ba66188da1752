"""Mistakes with the Keras models that Estimators are made of."""

import numpy as np
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimators
from tests.mistakes.mistake import Mistake


def _model(compiled=True, units=4):
  model = tf_keras.Sequential(
    [
      tf_keras.layers.Dense(units, input_shape=(3,), name='first'),
      tf_keras.layers.Dense(1, name='second'),
    ]
  )
  if compiled:
    model.compile('sgd', 'mse')
  return model


def keras(model, **arguments):
  return lambda api, to: estimators.keras.estimator.model_to_estimator(
    model() if model else None, model_dir=str(to), **arguments
  )


def _keras_data(width=3, name='first_input'):
  def input_fn():
    features = {name: np.ones([4, width], np.float32)}
    return tf.data.Dataset.from_tensors((features, np.ones([4, 1])))

  return input_fn


def _other_model(api, to):
  keras(_model)(api, to).train(_keras_data(), steps=1)
  keras(lambda: _model(units=7))(api, to).train(_keras_data(), steps=1)


ROWS = {
  'a Keras model that is not compiled': Mistake(
    keras(lambda: _model(compiled=False)), ValueError, ('compile',)
  ),
  'no Keras model': Mistake(
    keras(None), ValueError, ('keras_model', 'keras_model_path')
  ),
  'a Keras model and a path': Mistake(
    keras(_model, keras_model_path='/no/model.h5'),
    ValueError,
    ('keras_model', 'keras_model_path'),
  ),
  'a path without a Keras model': Mistake(
    keras(None, keras_model_path='/no/model.h5'),
    Exception,
    ('keras_model_path|model.h5', '/no/model.h5'),
  ),
  'a Keras model gets another name': Mistake(
    lambda api, to: keras(_model)(api, to).train(
      _keras_data(name='z'), steps=1
    ),
    (KeyError, ValueError),
    ("'z'|\\bz\\b", 'first_input'),
    lines=4,
  ),
  'a Keras model is trained without labels': Mistake(
    lambda api, to: keras(_model)(api, to).train(
      lambda: _keras_data()().map(lambda features, labels: features), steps=1
    ),
    tf.errors.InvalidArgumentError,
    ('takes labels', r'\(features, labels\)'),
  ),
  'a Keras model gets another width': Mistake(
    lambda api, to: keras(_model)(api, to).train(_keras_data(5), steps=1),
    ValueError,
    ('first', '5', '3'),
    lines=8,
  ),
  'the weights of another Keras model': Mistake(
    _other_model, ValueError, ('kernel', '4', '7', 'model_dir')
  ),
}
