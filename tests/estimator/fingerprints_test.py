"""Tests that fingerprints are equal for what builds equal graphs, and only for that."""

import functools

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.estimator import fingerprints
from tfcompat_estimator.loop import model_fn_call

v1 = tf.compat.v1
fc = tf.feature_column
LEGACY = tf_keras.optimizers.legacy


def scaled(by):
  """A function of the program with a number in it."""
  return model_fn_call.keeps_graph(lambda x: x * by)


class Own:
  """A class of the program."""


def embedded(**settings):
  """An embedding of words."""
  words = fc.categorical_column_with_vocabulary_list('w', ['a', 'b'])
  return fc.embedding_column(words, 2, **settings)


EQUAL = {
  'plain values': lambda: [1, 2.5, 'a', b'b', None, True, {'k': (1, 2)}],
  'arrays': lambda: np.arange(6).reshape(2, 3),
  'columns': lambda: [
    fc.numeric_column('x', 2, normalizer_fn=scaled(2.0)),
    embedded(),
    fc.crossed_column(['a', 'b'], 10),
    fc.indicator_column(fc.categorical_column_with_identity('i', 3)),
  ],
  'functions': lambda: (
    scaled(3),
    tf.nn.relu,
    functools.partial(tf.nn.leaky_relu, alpha=0.1),
  ),
  'optimizers': lambda: [
    LEGACY.Adam(0.1),
    tf_keras.optimizers.Adam(0.1),
    v1.train.AdamOptimizer(0.1),
    LEGACY.SGD(tf_keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5)),
  ],
}


@pytest.mark.eager
@pytest.mark.parametrize('name', EQUAL)
def test_equal_parts_have_one_fingerprint(name):
  """Whatever objects they are."""
  make = EQUAL[name]
  assert fingerprints.of(make()) == fingerprints.of(make())


DIFFERENT = {
  'a number and a bool': (lambda: 1, lambda: True),
  'a number in a closure': (lambda: scaled(2), lambda: scaled(3)),
  'arrays': (lambda: np.zeros(2), lambda: np.ones(2)),
  'types of arrays': (lambda: np.zeros(1), lambda: np.zeros(1, np.int64)),
  'keys': (lambda: {'a': 1}, lambda: {'b': 1}),
  'normalizers': (
    lambda: fc.numeric_column('x', normalizer_fn=scaled(1)),
    lambda: fc.numeric_column('x', normalizer_fn=scaled(2)),
  ),
  'initializers': (
    lambda: embedded(initializer=v1.truncated_normal_initializer(0.0, 1.0)),
    lambda: embedded(initializer=v1.truncated_normal_initializer(0.0, 2.0)),
  ),
  'rates of Keras': (lambda: LEGACY.Adam(0.1), lambda: LEGACY.Adam(0.2)),
  'clipping': (lambda: LEGACY.SGD(0.1), lambda: LEGACY.SGD(0.1, clipnorm=1.0)),
  'rates of TF 1': (
    lambda: v1.train.AdamOptimizer(0.1),
    lambda: v1.train.AdamOptimizer(0.2),
  ),
  'schedules': (
    lambda: tf_keras.optimizers.schedules.ExponentialDecay(0.1, 5, 0.5),
    lambda: tf_keras.optimizers.schedules.ExponentialDecay(0.1, 6, 0.5),
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('name', DIFFERENT)
def test_what_differs_has_another_one(name):
  """Down to numbers in functions."""
  one, other = DIFFERENT[name]
  assert fingerprints.of(one()) != fingerprints.of(other())


@pytest.mark.eager
def test_a_setting_that_is_changed_counts():
  """Of an instance that the program still has."""
  optimizer = LEGACY.Adam(0.1)
  before = fingerprints.of(optimizer)
  optimizer.learning_rate = 0.05
  assert fingerprints.of(optimizer) != before


UNKNOWN = {
  'an object of the program': Own,
  'a function of the program': lambda: lambda x: x,
  'a variable': lambda: tf.Variable(1.0),
  'a tensor': lambda: tf.constant(1.0),
  'a generator': lambda: iter([1]),
  'a lock in a closure': lambda: scaled(Own()),
  'a large array': lambda: np.zeros(1 << 18),
  'a checkpoint': lambda: embedded(
    ckpt_to_load_from='/tmp/a', tensor_name_in_ckpt='b'
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('name', UNKNOWN)
def test_what_nobody_knows_has_none(name):
  """A graph made of it is built anew."""
  with pytest.raises(fingerprints.UnknownPartError):
    fingerprints.of(UNKNOWN[name]())
