"""Converts models that have preprocessing layers, and takes them back."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import tfcompat_estimator
from tests.keras_interop import models
from tfcompat_estimator.keras_interop import convert

pytestmark = pytest.mark.eager  # fits and reads models eagerly

WORDS = np.array([['red'], ['green'], ['red'], ['mauve']])
TEXTS = np.array([['the cat'], ['a dog barks'], ['the the'], ['']])
NUMBERS = np.array([[3], [5], [3], [8]])
VALUES = np.array([[1.0], [4.0], [2.0], [9.0]], np.float32)
LABELS = np.array([[0.0], [1.0], [1.0], [0.0]], np.float32)


def adapted(layer, data):
  layer.adapt(data)
  return layer


# What the layer is made of, its input, and how numbers come of what it gives.
LAYERS = {
  'words given': (
    lambda library, path: library.layers.StringLookup(
      vocabulary=['red', 'green'], output_mode='one_hot'
    ),
    WORDS,
  ),
  'words of a file': (
    lambda library, path: library.layers.StringLookup(
      vocabulary=path, output_mode='multi_hot'
    ),
    WORDS,
  ),
  'words found': (
    lambda library, path: adapted(library.layers.StringLookup(), WORDS),
    WORDS,
  ),
  'words found, counted': (
    lambda library, path: adapted(
      library.layers.StringLookup(output_mode='count', num_oov_indices=2), WORDS
    ),
    WORDS,
  ),
  'numbers given': (
    lambda library, path: library.layers.IntegerLookup(
      vocabulary=[5, 3], output_mode='one_hot'
    ),
    NUMBERS,
  ),
  'texts': (
    lambda library, path: adapted(
      library.layers.TextVectorization(output_sequence_length=3), TEXTS
    ),
    TEXTS,
  ),
  'texts, weighted': (
    lambda library, path: adapted(
      library.layers.TextVectorization(output_mode='tf_idf'), TEXTS
    ),
    TEXTS,
  ),
  'numbers, normalized': (
    lambda library, path: adapted(library.layers.Normalization(), VALUES),
    VALUES,
  ),
  'numbers, in buckets': (
    lambda library, path: library.layers.Discretization(
      bin_boundaries=[2.0, 5.0], output_mode='one_hot'
    ),
    VALUES,
  ),
  'categories': (
    lambda library, path: library.layers.CategoryEncoding(
      9, output_mode='multi_hot'
    ),
    NUMBERS,
  ),
}


# Layers of the same class as others that know as much.
LIKE_OTHERS = ('words given', 'words found', 'texts')


def made(library, name, folder):
  """A compiled model of the layer and a dense one."""
  library.utils.set_random_seed(3)
  path = folder / 'words.txt'
  path.write_text('green\nred\n')
  make, data = LAYERS[name]
  dtype = {'U': 'string', 'i': 'int64', 'f': 'float32'}[data.dtype.kind]
  inputs = library.Input((1,), name='feature', dtype=dtype)
  net = make(library, str(path))(inputs)
  if net.dtype in ('int64', tf.int64):
    net = library.layers.Flatten()(library.layers.Embedding(12, 2)(net))
  model = library.Model(inputs, library.layers.Dense(1, name='o')(net))
  model.compile('sgd', 'mse')
  return model, data


@pytest.mark.parametrize(
  'library', [tf_keras, keras], ids=['tf_keras', 'keras']
)
@pytest.mark.parametrize(
  'name',
  [
    pytest.param(name, marks=[pytest.mark.slow] if name in LIKE_OTHERS else [])
    for name in LAYERS
  ],
)
def test_what_layers_know_is_kept(name, library, tmp_path):
  """As `fit` trains, so does the Estimator; its model comes back."""
  model, data = made(library, name, tmp_path)
  estimator = convert.model_to_estimator_v2(
    model, model_dir=str(tmp_path / 'model')
  )
  examples = models.dataset_fn({'feature': data}, LABELS, 3, 4)
  features = models.dataset_fn({'feature': data}, None, 1, 4)
  data = tf.constant(data)
  before = model(data)

  estimator.train(examples)
  copied = tfcompat_estimator.to_keras(estimator)
  predicted = [row['o'] for row in estimator.predict(features)]

  np.testing.assert_array_equal(model(data), before)
  np.testing.assert_allclose(copied(data), predicted, atol=1e-6)
  model.fit(data, LABELS, epochs=3, shuffle=False, verbose=0)
  np.testing.assert_allclose(predicted, model(data), atol=1e-5)
  assert estimator.evaluate(examples)['loss'] == pytest.approx(
    copied.evaluate(data, LABELS, verbose=0), rel=1e-5
  )
  copied.fit(data, LABELS, verbose=0)


def in_functional(library, layer, source):
  inner = library.Model(source, layer(source))
  return lambda net: library.layers.Dense(1, name='o')(inner(net))


def in_sequential(library, layer, source):
  inner = library.Sequential([source_like(library, source), layer])
  return lambda net: library.layers.Dense(1, name='o')(inner(net))


def two_deep(library, layer, source):
  inner = library.Model(source, layer(source))
  outer = library.Sequential([source_like(library, source), inner])
  joined = library.layers.Concatenate()  # which meets the same model twice
  return lambda net: library.layers.Dense(1, name='o')(
    joined([outer(net), outer(net)])
  )


def in_own_layer(library, layer, source):
  if library is keras:
    pytest.skip('Keras 3 calls such a layer while it makes it')

  class Own(library.layers.Layer):
    def __init__(self, **kwargs):
      super().__init__(**kwargs)
      self.lookup = library.layers.StringLookup(
        vocabulary=['red', 'green'], output_mode='one_hot'
      )

    def call(self, inputs):
      return self.lookup(inputs)

  return lambda net: library.layers.Dense(1, name='o')(Own()(net))


def source_like(library, source):
  return library.Input((1,), dtype=source.dtype)


@pytest.mark.parametrize(
  'library', [tf_keras, keras], ids=['tf_keras', 'keras']
)
@pytest.mark.parametrize(
  'make', [in_functional, in_sequential, two_deep, in_own_layer]
)
def test_what_layers_within_layers_know_is_kept(make, library, tmp_path):
  """So do those in models within the model, and in layers of the user's."""
  library.utils.set_random_seed(3)
  layer = adapted(library.layers.StringLookup(output_mode='one_hot'), WORDS)
  source = library.Input((1,), dtype='string')
  inputs = library.Input((1,), name='feature', dtype='string')
  model = library.Model(inputs, make(library, layer, source)(inputs))
  model.compile('sgd', 'mse')
  estimator = convert.model_to_estimator_v2(model, model_dir=str(tmp_path))

  estimator.train(models.dataset_fn({'feature': WORDS}, LABELS, 3, 4))
  copied = tfcompat_estimator.to_keras(estimator)
  features = models.dataset_fn({'feature': WORDS}, None, 1, 4)
  predicted = [row['o'] for row in estimator.predict(features)]

  words = tf.constant(WORDS)
  np.testing.assert_allclose(copied(words), predicted, atol=1e-6)
  model.fit(words, LABELS, epochs=3, shuffle=False, verbose=0)
  np.testing.assert_allclose(predicted, model(words), atol=1e-5)
