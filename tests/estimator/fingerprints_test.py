"""Tests that fingerprints are equal for what builds equal graphs, and only for that."""

import functools
import os

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.estimator import fingerprints

v1 = tf.compat.v1
fc = tf.feature_column
RATE = [0.1]
LEGACY = tf_keras.optimizers.legacy


def scaled(by):
  """A function of the program with a number in it."""
  return lambda x: x * by


def with_global(x):
  """Reads what the program may change."""
  return x * RATE[0]


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
  'functions': lambda: (scaled(3), tf.nn.relu, functools.partial(scaled, by=2)),
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
  'code': (lambda: lambda x: x + 1, lambda: lambda x: x + 2),
  'defaults': (lambda: lambda x=1: x, lambda: lambda x=2: x),
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
  """Of an instance that the program still has, and of a global."""
  optimizer = LEGACY.Adam(0.1)
  before = [fingerprints.of(each) for each in (optimizer, with_global)]
  optimizer.learning_rate = 0.05
  RATE[0] = 0.05
  try:
    after = [fingerprints.of(each) for each in (optimizer, with_global)]
  finally:
    RATE[0] = 0.1
  assert before[0] != after[0]
  assert before[1] != after[1]


def reads_file(path):
  """Returns what may be another thing each time."""
  with open(path) as file:
    return file.read()


UNKNOWN = {
  'an object of the program': Own,
  'a function that reads a file': lambda: reads_file,
  'one that reads the environment': lambda: lambda x: os.environ[x],
  'one that draws': lambda: lambda x: np.random.rand() * x,
  'one that prints': lambda: lambda x: print(x, 1),
  'one that reads a file by TensorFlow': lambda: (
    lambda x: x + len(tf.io.gfile.glob('/tmp/a'))
  ),
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
