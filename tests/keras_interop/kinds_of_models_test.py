"""Converts models of several kinds, and takes their weights over."""

import os

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.keras_interop import conversions, models
from tfcompat_estimator.saved_models import receivers

pytestmark = pytest.mark.eager  # fits and reads models eagerly


@conversions.each_library
@pytest.mark.parametrize('checkpoint_format', ['saver', 'checkpoint'])
def test_sequential_models(library, checkpoint_format, model_dir):
  """Inputs, outputs and weights are called after the layers, and taken over."""
  model = models.sequential(conversions.LIBRARIES[library], 'sgd')
  made = conversions.both(
    model, model_dir=model_dir, checkpoint_format=checkpoint_format
  )
  read = models.dataset_fn({'dense_input': models.X}, {'dense_1': models.YR})
  got = [p['dense_1'] for p in made.predict(read)]
  expected = model.predict(models.X, verbose=0)
  loss = model.evaluate(models.X, models.YR, batch_size=16, verbose=0)

  np.testing.assert_allclose(got, expected, atol=1e-6)
  assert made.evaluate(read)['loss'] == pytest.approx(loss, rel=1e-5)


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
@pytest.mark.parametrize('suffix', ['h5', 'keras'])
def test_a_saved_model(library, suffix, model_dir, tmp_path):
  """A file in place of a model is read by the Keras that wrote it."""
  model = models.functional(conversions.LIBRARIES[library], 'str')
  path = os.fspath(tmp_path / f'model.{suffix}')
  model.save(path)
  made = conversions.both(keras_model_path=path, model_dir=model_dir)
  got = next(made.predict(models.dataset_fn(models.X)))

  np.testing.assert_allclose(got['o'], model(models.X[:1])[0], atol=1e-6)


@pytest.mark.parametrize('checkpoint_format', ['saver', 'checkpoint'])
@pytest.mark.parametrize('library', [keras, tf_keras])
def test_moving_averages_are_taken_over(library, checkpoint_format, model_dir):
  """All weights of a fitted model, not just trainable ones, go over."""
  model = models.functional(library, 'str')
  model.fit(models.X, models.YB, verbose=0)
  made = conversions.both(
    model, model_dir=model_dir, checkpoint_format=checkpoint_format
  )
  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]

  np.testing.assert_allclose(got, model.predict(models.X, verbose=0), atol=1e-6)


def _nested():
  inner = keras.Sequential(
    [
      keras.Input((3,)),
      keras.layers.Dense(2),
      keras.layers.BatchNormalization(),
    ]
  )
  inputs = keras.Input((3,))
  return keras.Model(inputs, keras.layers.Dense(1)(inner(inputs)))


def _recurrent():
  gru = keras.layers.Bidirectional(keras.layers.GRU(2))
  return keras.Sequential(
    [keras.Input((3,)), keras.layers.Reshape((3, 1)), gru]
  )


@pytest.mark.parametrize('make', [_nested, _recurrent])
def test_all_weights_of_keras3_are_taken_over(make, model_dir):
  """Those of layers in layers and those that are not trained, too."""
  model = make()
  model.set_weights(
    [np.full_like(w, 1.5 + i) for i, w in enumerate(model.get_weights())]
  )
  model.compile('sgd', 'mse')
  made = conversions.both(model, model_dir=model_dir)
  got = made.predict(models.dataset_fn(models.X), yield_single_examples=False)

  np.testing.assert_allclose(
    next(iter(next(got).values())), model(models.X[:16]), rtol=1e-5
  )


class WithALoss(keras.Model):
  """Has a loss as programs for Keras 3.3 and earlier wrote it."""

  def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
    return 3 * tf.reduce_mean(tf.abs(y - y_pred))


def test_a_loss_of_the_models_own(model_dir):
  """It need not have the argument `training`, which came later."""
  inputs = keras.Input((3,), name='x')
  model = WithALoss(inputs, keras.layers.Dense(1)(inputs))
  model.compile('sgd', 'mse')
  expected = 3 * np.mean(np.abs(models.YR - model.predict(models.X, verbose=0)))
  made = conversions.both(model, model_dir=model_dir)
  read = models.dataset_fn(models.X, models.YR)

  assert made.evaluate(read)['loss'] == pytest.approx(expected, rel=1e-5)
  made.train(read, steps=2)


def test_keras3_trains_as_fit_does(model_dir):
  """Gradient steps, batch norm's updates and Adam are those of `fit`."""
  model = models.functional(keras, 'str')
  made = conversions.both(model, model_dir=model_dir)
  made.train(models.dataset_fn(models.X, models.YB, epochs=2))
  model.fit(
    models.X, models.YB, batch_size=16, epochs=2, shuffle=False, verbose=0
  )
  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]

  np.testing.assert_allclose(got, model.predict(models.X, verbose=0), atol=1e-5)


def _with_constraints():
  layers = keras.layers
  inputs = keras.Input((3,), name='x')
  limit = keras.constraints.MaxNorm(0.3)
  hidden = layers.Dense(4, kernel_constraint=limit, bias_constraint='non_neg')
  return inputs, layers.Dense(1, name='o')(hidden(inputs)), models.YR, 'sgd'


def _with_masks():
  layers = keras.layers
  inputs = keras.Input((3,), name='x')
  steps = layers.Masking(name='m')(layers.Reshape((3, 1))(inputs))
  net = layers.LSTM(2, return_sequences=True)(steps)
  net = layers.TimeDistributed(layers.Dense(1), name='o')(net)
  return inputs, net, models.X[:, :, np.newaxis], 'sgd'


def _with_scaled_losses():
  optimizers = keras.optimizers
  optimizer = optimizers.LossScaleOptimizer(
    optimizers.SGD(0.1), initial_scale=8.0, dynamic_growth_steps=2
  )
  inputs = keras.Input((3,), name='x')
  net = keras.layers.Dense(1, name='o')(inputs)
  return inputs, net, models.YR, optimizer


def _with_a_scale():
  inputs = keras.Input((3,), name='x')
  net = keras.layers.Dense(1, name='o')(inputs)
  optimizer = keras.optimizers.SGD(0.1, loss_scale_factor=4.0)
  return inputs, net, models.YR, optimizer


@pytest.mark.parametrize(
  'make', [_with_constraints, _with_masks, _with_scaled_losses, _with_a_scale]
)
def test_what_keras3_does_besides(make, model_dir):
  """Constraints, masks in losses and scaled losses are those of `fit`."""
  keras.utils.set_random_seed(3)
  inputs, outputs, labels, optimizer = make()
  model = keras.Model(inputs, outputs)
  model.compile(optimizer, 'mse', metrics=['mae'])
  x = np.where(models.X > 0.5, 0, models.X)  # some steps are masked
  made = conversions.both(model, model_dir=model_dir)
  made.train(models.dataset_fn(x, labels, epochs=3))
  model.fit(x, labels, batch_size=16, epochs=3, shuffle=False, verbose=0)
  got = [p['o'] for p in made.predict(models.dataset_fn(x))]

  np.testing.assert_allclose(got, model.predict(x, verbose=0), atol=1e-5)
  expected = conversions.keras_metrics(model, x, labels)
  metrics = made.evaluate(models.dataset_fn(x, labels))
  assert {key: metrics[key] for key in expected} == expected


def test_keras3_sequential_that_was_never_called(model_dir):
  """A Sequential with an Input is complete before it is first called."""
  model = keras.Sequential([keras.Input([3]), keras.layers.Dense(1)])
  model.compile('sgd', 'mse')

  estimator = conversions.train_once(
    model, np.ones([4, 3]), np.ones([4, 1]), model_dir
  )

  assert tf.train.latest_checkpoint(estimator.model_dir).endswith('-1')


def test_names_of_keras3_do_not_depend_on_other_models(tmp_path):
  """A checkpoint's keys are the same however many models there were."""

  def keys(folder):
    model = models.subclassed(keras)
    made = conversions.train_once(
      model,
      models.X,
      models.YR,
      str(tmp_path / folder),
      checkpoint_format='saver',
    )
    return made.get_variable_names()

  first = keys('a')
  models.two_by_two(keras)

  assert keys('b') == first


def test_other_optimizers_of_tf_keras(tmp_path):
  """A v1 optimizer trains too; its steps are counted."""
  model = models.sequential(tf_keras)
  optimizer = tf.compat.v1.train.AdagradOptimizer(0.1)
  model.compile(optimizer, 'mse')
  made = conversions.train_once(model, models.X, models.YR, str(tmp_path))

  assert made.latest_checkpoint().endswith('model.ckpt-1')


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


def test_optimizers_without_a_legacy_counterpart(model_dir, caplog):
  """Those of tf_keras are refused by name; what is left out is named."""
  model = models.sequential(tf_keras, tf_keras.optimizers.Lion(0.1))
  with pytest.raises(ValueError, match=r'optimizer \(Lion\) of keras_model'):
    conversions.both(model, model_dir=model_dir)

  model.compile(tf_keras.optimizers.Adam(0.1, weight_decay=0.5), 'mse')
  conversions.both(model, model_dir=model_dir)
  assert 'weight_decay=0.5: it is left out' in caplog.text


@pytest.mark.parametrize('name', ['Adafactor', 'Muon'])
def test_optimizers_that_take_no_variables_of_a_graph(name, model_dir):
  """They are refused by name, with others to use."""
  if not hasattr(keras.optimizers, name):
    pytest.skip('this Keras has no such optimizer')
  model = models.functional(keras, 'str')
  model.compile(getattr(keras.optimizers, name)(0.1), 'mse')

  with pytest.raises(
    ValueError, match=rf'`optimizer` \({name}\).*such as Adam'
  ):
    conversions.train_once(model, models.X, models.YB, model_dir)


def test_an_export_that_failed(model_dir):
  """It leaves nothing in the way of a model without inputs of its own."""
  model = tf_keras.Sequential([tf_keras.layers.Dense(1, name='o')])
  model.compile('sgd', 'mse')
  made = conversions.train_once(model, models.X, models.YR, model_dir)
  wrong = receivers.build_raw_serving_input_receiver_fn(
    {'unknown': tf.constant(models.X)}
  )
  with pytest.raises(KeyError, match='input_1'):
    made.export_saved_model(model_dir + '/export', wrong)

  copied = tfcompat_estimator.to_keras(made)

  got = [p['o'] for p in made.predict(models.dataset_fn(models.X))]
  np.testing.assert_allclose(copied(models.X), got, atol=1e-6)
