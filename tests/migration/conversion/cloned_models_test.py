"""Checks that Keras models come back from model_to_estimator's Estimators."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.canned import neutral
from tests.keras_interop import models
from tfcompat_estimator.keras_interop import convert

X = neutral.data()['feature/x']
LABELS = {'functional': 'label/yb', 'sequential': 'label/yr'}


def input_fn():
  return tf.data.Dataset.from_tensor_slices(({'x': X}, LABEL)).repeat().batch(8)


LABEL = neutral.data()['label/yb']


def features_fn():
  return tf.data.Dataset.from_tensor_slices({'x': X}).batch(8)


@pytest.mark.parametrize('checkpoint_format', ['checkpoint', 'saver'])
@pytest.mark.parametrize(
  'library', [tf_keras, keras], ids=['tf_keras', 'keras']
)
def test_trained_weights_come_back(tmp_path, library, checkpoint_format):
  """A copy of the model predicts what the Estimator does; the model stays."""
  model = models.functional(
    library, 'legacy_adam' if library is tf_keras else 'new'
  )
  before = model.get_weights()
  estimator = convert.model_to_estimator_v2(
    model,
    model_dir=str(tmp_path),
    checkpoint_format=checkpoint_format,
  )
  estimator.train(input_fn, steps=5)

  copied = tfcompat_estimator.to_keras(estimator)

  assert type(copied) is type(model)
  predicted = [row['o'] for row in estimator.predict(features_fn)]
  np.testing.assert_allclose(copied(X), predicted, rtol=1e-6, atol=1e-6)
  for value, old in zip(model.get_weights(), before, strict=True):
    np.testing.assert_array_equal(value, old)
  copied.fit(X, LABEL, verbose=0)  # compiled as the model was
  copied.save(tmp_path / 'model.keras')
  loaded = library.models.load_model(tmp_path / 'model.keras')
  np.testing.assert_allclose(loaded(X), copied(X), rtol=1e-6)


def test_older_checkpoint(tmp_path):
  """checkpoint_path chooses among the checkpoints."""
  model = models.functional(tf_keras)
  estimator = convert.model_to_estimator_v2(model, model_dir=str(tmp_path))
  estimator.train(input_fn, steps=2)
  first = estimator.latest_checkpoint()
  predicted = [row['o'] for row in estimator.predict(features_fn)]
  estimator.train(input_fn, steps=5)

  copied = tfcompat_estimator.to_keras(estimator, first)

  np.testing.assert_allclose(copied(X), predicted, rtol=1e-6, atol=1e-6)


def test_untrained(tmp_path):
  """Without a checkpoint there is nothing to take over."""
  estimator = convert.model_to_estimator_v2(
    models.functional(tf_keras), model_dir=str(tmp_path)
  )

  with pytest.raises(ValueError, match="Couldn't find trained model"):
    tfcompat_estimator.to_keras(estimator)


def test_tf_keras_is_no_keras_3(tmp_path):
  """A model of tf_keras is not made one of Keras 3."""
  estimator = convert.model_to_estimator_v2(
    models.functional(tf_keras), model_dir=str(tmp_path)
  )
  estimator.train(input_fn, steps=1)

  with pytest.raises(ValueError, match="backend='tf_keras'"):
    tfcompat_estimator.to_keras(estimator, backend='keras3')


@tf_keras.saving.register_keras_serializable('moving_test')
class Subclassed(tf_keras.Model):
  def __init__(self):
    super().__init__()
    self.dense = tf_keras.layers.Dense(1, name='o')

  def call(self, inputs):
    return self.dense(inputs['x'])

  def get_config(self):
    return {}

  @classmethod
  def from_config(cls, config):
    return cls(**config)


@pytest.mark.parametrize('called', [True, False])
def test_subclassed(tmp_path, called):
  """A subclassed model comes back if its inputs are known."""
  model = Subclassed()
  model.compile('sgd', 'mse')
  if called:
    model({'x': X})
  estimator = convert.model_to_estimator_v2(
    model, model_dir=str(tmp_path), checkpoint_format='saver'
  )
  estimator.train(input_fn, steps=3)
  if not called:
    estimator = convert.model_to_estimator_v2(
      model, model_dir=str(tmp_path), checkpoint_format='saver'
    )
    with pytest.raises(ValueError, match='call it on a batch'):
      tfcompat_estimator.to_keras(estimator)
    return

  copied = tfcompat_estimator.to_keras(estimator)

  predicted = [
    next(iter(row.values())) for row in estimator.predict(features_fn)
  ]
  np.testing.assert_allclose(copied({'x': X}), predicted, rtol=1e-6, atol=1e-6)


def recurrent(library):
  """Layers in both directions, with dropout, and cells in a list."""
  layers = library.layers
  inputs = library.Input((3,), name='x')
  steps = layers.Reshape((3, 1))(inputs)
  # The graphs of other cells are several times as large; `test_state` has them.
  rnn = layers.SimpleRNN(
    2, return_sequences=True, dropout=0.2, recurrent_dropout=0.2
  )
  net = layers.Bidirectional(rnn)(steps)
  cells = [layers.SimpleRNNCell(2), layers.SimpleRNNCell(3)]
  return library.Model(
    inputs, layers.Dense(1, name='o')(layers.RNN(cells)(net))
  )


def with_functions(library):
  """Lambda layers, one of which reads a name of its module."""
  layers = library.layers
  inputs = library.Input((3,), name='x')
  net = layers.Lambda(lambda x: np.float32(2) * x, output_shape=(3,))(inputs)
  net = layers.Lambda(halved)(net)
  return library.Model(inputs, layers.Dense(1, name='o')(net))


def halved(x):
  return x / 2


def with_own_classes(library):
  """A layer, a loss and a metric that no registry knows."""

  class Scaled(library.layers.Layer):
    def build(self, input_shape):
      self.scale = self.add_weight(name='scale', shape=(), initializer='ones')

    def call(self, inputs):
      self.add_loss(0.1 * tf.reduce_mean(tf.square(inputs)))
      return inputs * self.scale

  inputs = library.Input((3,), name='x')
  net = Scaled()(inputs)
  return library.Model(inputs, library.layers.Dense(1, name='o')(net))


def own_loss(library):
  class Cubic(library.losses.Loss):
    def call(self, y_true, y_pred):
      return tf.abs(tf.cast(y_true, tf.float32) - y_pred) ** 3

  return Cubic()


def own_metric(library):
  class Sum(library.metrics.Metric):
    def __init__(self, name='sum', **kwargs):
      super().__init__(name=name, **kwargs)
      self.total = self.add_weight(name='total', initializer='zeros')

    def update_state(self, y_true, y_pred, sample_weight=None):
      self.total.assign_add(tf.reduce_sum(y_pred))

    def result(self):
      return self.total

  return Sum()


@pytest.mark.parametrize(
  'library', [tf_keras, keras], ids=['tf_keras', 'keras']
)
@pytest.mark.parametrize('make', [recurrent, with_functions, with_own_classes])
def test_kinds_of_layers(tmp_path, make, library):
  """What cannot be written to a file comes back all the same."""
  library.utils.set_random_seed(3)
  model = make(library)
  model.compile('sgd', own_loss(library), metrics=[own_metric(library), 'mae'])
  estimator = convert.model_to_estimator_v2(model, model_dir=str(tmp_path))
  estimator.train(input_fn, steps=3)

  copied = tfcompat_estimator.to_keras(estimator)

  predicted = [row['o'] for row in estimator.predict(features_fn)]
  np.testing.assert_allclose(copied(X), predicted, rtol=1e-6, atol=1e-6)
  metrics = estimator.evaluate(lambda: input_fn().take(8))
  del metrics['global_step']
  expected = copied.evaluate(X, LABEL, 8, verbose=0, return_dict=True)
  assert metrics == pytest.approx(expected, rel=1e-4)
  copied.fit(X, LABEL, verbose=0)


@pytest.mark.parametrize('checkpoint_format', ['checkpoint', 'saver'])
@pytest.mark.parametrize(
  'library', [tf_keras, keras], ids=['tf_keras', 'keras']
)
def test_state(tmp_path, library, checkpoint_format):
  """Recurrent layers go on from the state that predictions begin with."""
  library.utils.set_random_seed(3)
  layers = library.layers
  inputs = layers.Input(batch_shape=(8, 3, 1), name='x')
  cells = [layers.LSTMCell(2), layers.GRUCell(2)]
  net = layers.RNN(cells, stateful=True, return_sequences=True)(inputs)
  net = layers.Dense(1, name='o')(layers.LSTM(2, stateful=True)(net))
  model = library.Model(inputs, net)
  model.compile('sgd', 'mse')
  estimator = convert.model_to_estimator_v2(
    model, model_dir=str(tmp_path), checkpoint_format=checkpoint_format
  )
  sequences = X[:8, :, np.newaxis]

  def read():
    examples = ({'x': sequences}, LABEL[:8])
    dataset = tf.data.Dataset.from_tensor_slices(examples).repeat()
    return dataset.batch(8, drop_remainder=True)

  estimator.train(read, steps=3)
  copied = tfcompat_estimator.to_keras(estimator)

  rows = estimator.predict(read, yield_single_examples=False)
  np.testing.assert_allclose(copied(sequences), next(rows)['o'], atol=1e-6)
  if (library, checkpoint_format) != (tf_keras, 'checkpoint'):
    assert all(np.any(state) for state in states(copied))
  copied.fit(sequences, LABEL[:8], batch_size=8, verbose=0)


def states(model):
  return [
    np.asarray(state)
    for layer in model.layers
    if getattr(layer, 'stateful', False)
    for state in tf.nest.flatten(layer.states)
  ]


class SubclassedOfKeras3(keras.Model):
  def __init__(self, units=1):
    super().__init__()
    self.dense = keras.layers.Dense(units)
    self.units = units

  def call(self, inputs):
    return {'o': self.dense(inputs['x'])}

  def get_config(self):
    return {'units': self.units}


@pytest.mark.parametrize('known', ['called', 'trained', 'nothing'])
def test_subclassed_of_keras3(tmp_path, known):
  """It comes back if it was called, or the Estimator was in this process."""
  model = SubclassedOfKeras3()
  model.compile('sgd', 'mse')
  if known == 'called':
    model({'x': X})
  estimator = convert.model_to_estimator_v2(model, model_dir=str(tmp_path))
  estimator.train(lambda: input_fn().map(lambda x, y: (x, {'o': y})), steps=3)
  predicted = [row['o'] for row in estimator.predict(features_fn)]
  if known != 'trained':  # as a program that only reads the checkpoint
    estimator = convert.model_to_estimator_v2(model, model_dir=str(tmp_path))
  if known == 'nothing':
    with pytest.raises(ValueError, match='call it on a batch'):
      tfcompat_estimator.to_keras(estimator)
    return

  copied = tfcompat_estimator.to_keras(estimator)

  np.testing.assert_allclose(copied({'x': X})['o'], predicted, rtol=1e-6)
