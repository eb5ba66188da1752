"""Makes clones of models with classes of the user's own."""

import numpy as np
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.keras_interop import conversions, models

pytestmark = pytest.mark.eager  # fits and reads models eagerly


def of_the_users_own(library):
  """A model of a layer, a loss and metrics that the library does not know."""

  class Twice(library.layers.Layer):
    def call(self, inputs):
      return 2 * inputs

  class Largest(library.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
      return super().update_state(tf.reduce_max(y_pred))

  def bias(y_true, y_pred):
    return tf.reduce_mean(y_true - y_pred, axis=-1)

  library.utils.set_random_seed(3)
  inputs = library.Input((3,), name='x')
  outputs = library.layers.Dense(1, name='o')(Twice(name='t')(inputs))
  model = library.Model(inputs, outputs)
  model.compile(
    'sgd',
    lambda y_true, y_pred: tf.abs(y_true - y_pred),
    metrics=[bias, Largest(name='largest')],
  )
  return model


@conversions.each_library
def test_classes_and_functions_of_the_users_own(library, model_dir):
  """Those that the model holds need no custom_objects."""
  model = of_the_users_own(conversions.LIBRARIES[library])
  made = conversions.both(model, model_dir=model_dir)
  expected = conversions.keras_metrics(model, models.X, models.YR)
  metrics = made.evaluate(models.dataset_fn(models.X, models.YR))

  assert set(metrics) == {'loss', 'bias', 'largest', 'global_step'}
  assert {key: metrics[key] for key in expected} == expected
  made.train(models.dataset_fn(models.X, models.YR), steps=2)


@conversions.each_library
def test_a_learning_rate_of_the_users_own(library, model_dir):
  """A class of schedules needs no custom_objects; a copy trains on with it."""
  library = conversions.LIBRARIES[library]

  class Falling(library.optimizers.schedules.LearningRateSchedule):
    def __call__(self, step):
      return 0.1 / (1.0 + tf.cast(step, tf.float32))

    def get_config(self):
      return {}

  model = models.functional(library, 'str')
  model.compile(library.optimizers.SGD(Falling()), 'mse')
  made = conversions.both(model, model_dir=model_dir)
  made.train(models.dataset_fn(models.X, models.YB))
  model.fit(models.X, models.YB, batch_size=16, shuffle=False, verbose=0)
  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]

  np.testing.assert_allclose(got, model.predict(models.X, verbose=0), atol=1e-5)
  copied = tfcompat_estimator.to_keras(made)
  copied.fit(models.X, models.YB, verbose=0)
  assert type(model.optimizer).__name__ == type(copied.optimizer).__name__
