"""Builds clones of models of Keras 3, which train as `fit` does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.keras_interop import conversions, models

pytestmark = pytest.mark.eager  # fits and reads models eagerly


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
