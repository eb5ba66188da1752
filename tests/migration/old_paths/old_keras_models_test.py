"""Constructs the Keras models of old canned Estimators, as programs do.

The names are those that TensorFlow 2.15 gives the same programs.
"""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests.canned import dnn_names
from tfcompat_estimator.migration.old_paths import old_keras_models

v1 = tf.compat.v1
fc = tf.feature_column

NUMBERS = fc.numeric_column('x', shape=2)
IDS = fc.categorical_column_with_identity('c', 3)
EMBEDDED = fc.embedding_column(IDS, 2)
DEEP = dnn_names.variables('c')


def features():
  return {
    'x': tf.constant([[1.0, 2.0], [3.0, 4.0]]),
    'c': tf.constant([[0], [2]]),
  }


def linear(**kwargs):
  return old_keras_models.LinearModel([NUMBERS, IDS], **kwargs)


def deep_v1(partitioner=None):
  return old_keras_models._DNNModel(
    2, [3], [NUMBERS, EMBEDDED], tf.nn.relu, 0.5, partitioner, True, name='dnn'
  )


def deep_v2():
  return old_keras_models._DNNModelV2(
    2, [3], [NUMBERS, EMBEDDED], tf.nn.relu, 0.5, True, name='dnn'
  )


def names(model):
  return [variable.op.name for variable in model.variables]


LINEAR = ['c/weights', 'x/weights', 'bias_weights']
NAMES = {
  'linear': (
    lambda: linear(units=2),
    (),
    [f'linear_model/{n}' for n in LINEAR],
  ),
  'linear, named': (lambda: linear(name='lm'), (), [f'lm/{n}' for n in LINEAR]),
  'deep, v1': (deep_v1, ('train',), DEEP),
  'deep, v2': (deep_v2, ('train',), [f'dnn/{name}' for name in DEEP]),
}


@pytest.mark.parametrize('make, arguments, expected', NAMES.values(), ids=NAMES)
def test_names_of_variables(make, arguments, expected):
  """In a graph; a second call makes no others."""
  with tf.Graph().as_default():
    model = make()
    logits = model(features(), *arguments)
    model(features(), *arguments)

    assert sorted(names(model)) == sorted(expected)
    assert len(v1.global_variables()) == len(expected)
  assert logits.shape == [2, 1 if model.name == 'lm' else 2]


def test_variable_scopes_and_partitioners():
  """Variables of the linear and the v1 model are under the current scope."""
  with tf.Graph().as_default():
    with v1.variable_scope('top', partitioner=v1.fixed_size_partitioner(2)):
      model = linear(name='lm')
      model(features())
    deep = deep_v1(v1.fixed_size_partitioner(2))
    deep(features(), 'eval')

    assert names(model)[:2] == [
      'top/lm/c/weights/part_0',
      'top/lm/c/weights/part_1',
    ]
    assert len(model.variables) == 5  # The bias has one value.
    assert 'hiddenlayer_0/kernel' in names(deep)
    assert f'{DEEP[0]}/part_1' in names(deep)


@pytest.mark.parametrize('make', [deep_v1, deep_v2])
def test_updates_and_summaries(make):
  """Of batch normalization in training only, and of each layer."""
  with tf.Graph().as_default():
    model = make()
    model(features(), 'infer')
    assert not model.updates
    model(features(), 'train')
    summaries = [t.op.name for t in v1.get_collection(v1.GraphKeys.SUMMARIES)]

    assert len(model.updates) == 2
  assert summaries[:4] == [
    'dnn/hiddenlayer_0/fraction_of_zero_values',
    'dnn/hiddenlayer_0/activation',
    'dnn/logits/fraction_of_zero_values',
    'dnn/logits/activation',
  ]


def test_a_linear_model_computes_and_trains():
  """Eagerly too: sums of weights, and what `fit` makes of zeros."""
  model = linear()
  assert model.bias is None
  np.testing.assert_array_equal(model(features()), np.zeros([2, 1]))
  for variable in model.trainable_variables:
    variable.assign(tf.ones_like(variable))
  np.testing.assert_allclose(model(features()), [[5.0], [9.0]])

  trained = linear()
  trained.compile(tf_keras.optimizers.legacy.SGD(0.1), 'mse')
  trained.fit(features(), np.ones([2, 1]), verbose=0)

  np.testing.assert_allclose(trained.bias, [0.2], rtol=1e-6)
  with pytest.raises(ValueError, match='We expected a dictionary here'):
    linear()(tf.ones([2, 2]))


def test_the_layer_can_be_made_again():
  """Of its configuration, columns included."""
  layer = old_keras_models._LinearModelLayer([NUMBERS], 2, 'mean')
  again = old_keras_models._LinearModelLayer.from_config(layer.get_config())

  again({'x': features()['x']})

  assert [v.shape.as_list() for v in again.weights] == [[2, 2], [2]]
  assert again.get_config() == layer.get_config()


@pytest.mark.parametrize('return_sequences', [False, True])
def test_recurrent_model(return_sequences):
  """Logits of the last step or of each, also of its configuration."""
  columns = [fc.sequence_numeric_column('s')]

  with tf.Graph().as_default():
    model = old_keras_models.RNNModel(
      tf_keras.layers.SimpleRNN(3, return_sequences=return_sequences),
      2,
      columns,
      [NUMBERS],
      return_sequences=return_sequences,
    )
    steps = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], [1.0, 2.0, 3.0], [2, 2])
    logits = model({'s': steps, 'x': features()['x']}, training=True)

    assert logits.shape.rank == (3 if return_sequences else 2)
    assert names(model) == [
      'rnn_model/simple_rnn/simple_rnn_cell/kernel',
      'rnn_model/simple_rnn/simple_rnn_cell/recurrent_kernel',
      'rnn_model/simple_rnn/simple_rnn_cell/bias',
      'rnn_model/logits/kernel',
      'rnn_model/logits/bias',
    ]
    config = model.get_config()
    again = old_keras_models.RNNModel.from_config(config).get_config()
  # A layer that was built says so.
  assert again.pop('rnn_layer')['config'] == config.pop('rnn_layer')['config']
  assert again == config
