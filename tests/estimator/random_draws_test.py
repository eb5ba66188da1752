"""Tests that seeds which Keras draws are told from other random numbers."""

import random

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.estimator import random_draws

# They pass in a process of their own. After other tests of Keras in one process they
# fail: Keras then draws its seeds from a generator that `random_draws` does not see.
pytestmark = pytest.mark.slow


def drawn(draw):
  """What `between` says of a state before and after `draw`."""
  before = random_draws.state()
  draw()
  return random_draws.between(before, random_draws.state())


@pytest.mark.parametrize('count', [0, 1, 5])
def test_seeds_are_counted_and_drawn_again(count):
  """So a program that draws later gets the same."""
  random.seed(3)
  assert drawn(lambda: random_draws.repeat(count)) == count
  after = random.random()
  random.seed(3)
  for _ in range(count):
    tf_keras.initializers.GlorotUniform()((2, 2))
  assert random.random() == after


@pytest.mark.parametrize(
  'draw',
  [
    lambda: random.gauss(0, 1),
    np.random.rand,
    lambda: random.seed(9),
  ],
)
def test_other_numbers_are_not_seeds(draw):
  """They may be what the model is built of."""
  assert drawn(draw) is None


def test_numbers_of_keras_own_generator_are_not_repeated():
  """After tf_keras.utils.set_random_seed seeds come from there."""
  seeds = tf_keras.src.backend._SEED_GENERATOR  # noqa: SLF001
  seeds.generator = random.Random(1)
  try:
    assert drawn(seeds.generator.random) is None
  finally:
    del seeds.generator


@pytest.mark.parametrize(
  ('make', 'expected'),
  [
    (lambda x: x * 2.0, False),
    (lambda x: tf.nn.dropout(x, 0.5), False),
    (lambda x: tf.nn.dropout(x, 0.5, seed=123_456_789), True),
    (lambda x: x * tf.random.stateless_uniform([], [1, 2]), True),
    (
      lambda x: tf.while_loop(
        lambda i, _: i < 2,
        lambda i, y: (i + 1, y + tf.random.stateless_uniform([], [1, 2])),
        [0, x],
      )[1],
      True,
    ),
  ],
)
def test_it_matters_where_steps_draw_by_seeds(make, expected):
  """A seed that follows from the graph's is the same in each graph."""
  with tf.Graph().as_default() as graph:
    graph.seed = 3
    fetched = {'y': make(tf.compat.v1.placeholder(tf.float32, []))}
    tf.random.stateless_uniform([], [3, 4])  # initial values, say
    assert random_draws.matter([fetched], graph) == expected
