"""Trains by optimizers of users that compute gradients themselves.

As optimizers with differential privacy do: the loss is a vector, and the gradient
of each example is clipped before their mean is taken.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator as estimator
from tfcompat_estimator.optimizers import train_ops

v1 = tf.compat.v1

X = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 1.0]], np.float32)
Y = np.array([[1.0], [-1.0], [4.0]], np.float32)
RATE, CLIP, STEPS = 0.1, 0.5, 3


def clipped(losses, variables):
  """The mean of the examples' clipped gradients, for each variable."""
  each = [tf.gradients(losses[i], variables) for i in range(len(X))]
  means = []
  for gradients in zip(*each, strict=True):
    parts = [g / tf.maximum(1.0, tf.norm(g) / CLIP) for g in gradients]
    means.append(tf.add_n(parts) / len(X))
  return means


class V1(v1.train.GradientDescentOptimizer):
  def compute_gradients(self, loss, var_list=None, **kwargs):
    variables = var_list or v1.trainable_variables()
    return list(zip(clipped(loss, variables), variables, strict=True))


class Legacy(tf_keras.optimizers.legacy.SGD):
  def get_gradients(self, loss, params):
    return clipped(loss, params)


class NewStyle(tf_keras.optimizers.SGD):
  def compute_gradients(self, loss, var_list, tape=None):
    return list(zip(clipped(loss, var_list), var_list, strict=True))


class NewStylePrivate(tf_keras.optimizers.SGD):
  def _compute_gradients(self, loss, var_list, grad_loss=None, tape=None):
    return list(zip(clipped(loss, var_list), var_list, strict=True))


class Keras3(keras.optimizers.SGD):
  def get_gradients(self, loss, params):
    return clipped(loss, params)


def _minimize(optimizer, losses, variables):
  return train_ops.make(
    losses, 'none', optimizer=optimizer, trainable_variables=variables
  )


def expected():
  """What a step of NumPy makes of zero weights."""
  weights = np.zeros((2, 1))
  for _ in range(STEPS):
    gradients = [
      2 * (x @ weights - y) * x[:, None] for x, y in zip(X, Y, strict=True)
    ]
    parts = [g / max(1, np.linalg.norm(g) / CLIP) for g in gradients]
    weights = weights - RATE * np.mean(parts, axis=0)
  return weights


OPTIMIZERS = {
  'legacy': lambda: Legacy(RATE),
  'new style': lambda: NewStyle(RATE),
  'private method': lambda: NewStylePrivate(RATE),
  'Keras 3': lambda: Keras3(RATE),
}


@pytest.mark.eager
@pytest.mark.parametrize('kind', OPTIMIZERS)
def test_gradients_are_those_of_the_user(kind, model_dir):
  """Of an instance that was made outside of the graph."""
  optimizer = OPTIMIZERS[kind]()

  def model_fn(features, labels, mode):
    kernel = v1.get_variable(
      'kernel', [2, 1], initializer=v1.zeros_initializer(), use_resource=True
    )
    if isinstance(optimizer, Legacy):
      optimizer.iterations = v1.train.get_global_step()
    losses = tf.squeeze((tf.matmul(features, kernel) - labels) ** 2, 1)
    return estimator.EstimatorSpec(
      mode,
      loss=tf.reduce_mean(losses),
      train_op=_minimize(optimizer, losses, [kernel]),
    )

  trained = estimator.Estimator(model_fn, model_dir)
  trained.train(
    lambda: tf.data.Dataset.from_tensors((X, Y)).repeat(), steps=STEPS
  )

  np.testing.assert_allclose(
    trained.get_variable_value('kernel'), expected(), rtol=1e-5
  )


def test_v1_gradients_are_those_of_the_user(model_dir):
  """Optimizers of tf.compat.v1.train get the vector of a model function."""

  def model_fn(features, labels, mode):
    kernel = v1.get_variable(
      'kernel', [2, 1], initializer=v1.zeros_initializer()
    )
    losses = tf.squeeze((tf.matmul(features, kernel) - labels) ** 2, 1)
    step = v1.train.get_global_step()
    return estimator.EstimatorSpec(
      mode,
      loss=tf.reduce_mean(losses),
      train_op=V1(RATE).minimize(losses, step),
    )

  trained = estimator.Estimator(model_fn, model_dir)
  trained.train(
    lambda: tf.data.Dataset.from_tensors((X, Y)).repeat(), steps=STEPS
  )

  np.testing.assert_allclose(
    trained.get_variable_value('kernel'), expected(), rtol=1e-5
  )
