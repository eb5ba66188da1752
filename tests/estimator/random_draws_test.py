"""Tests that seeds which Keras draws are told from other random numbers."""

import random

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.estimator import random_draws


@pytest.fixture(params=['python', 'keras'], autouse=True)
def source(request):
  """Where Keras draws seeds: its own numbers after `set_random_seed`."""
  seeds = tf_keras.src.backend._SEED_GENERATOR  # noqa: SLF001
  before = getattr(seeds, 'generator', None)
  seeds.generator = random.Random(1) if request.param == 'keras' else None
  yield seeds.generator or random
  seeds.generator = before


def drawn(draw):
  """What `between` says of a state before and after `draw`."""
  before = random_draws.state()
  draw()
  return random_draws.between(before, random_draws.state())


@pytest.mark.parametrize('count', [0, 1, 5])
def test_seeds_are_counted_and_drawn_again(count, source):
  """So a program that draws later gets the same."""
  source.seed(3)
  assert drawn(lambda: random_draws.repeat(count)) == count
  after = source.random()
  source.seed(3)
  for _ in range(count):
    tf_keras.initializers.GlorotUniform()((2, 2))
  assert source.random() == after


@pytest.mark.parametrize(
  'draw',
  [
    lambda: random.gauss(0, 1),
    np.random.rand,
    lambda: random.seed(9),
    lambda: tf_keras.utils.set_random_seed(9),
  ],
)
def test_other_numbers_are_not_seeds(draw):
  """They may be what the model is built of."""
  assert drawn(draw) is None


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


@pytest.mark.parametrize('wrap', [lambda y: y, tf.sparse.from_dense])
def test_keys_of_several_heads_are_strings_and_tuples(wrap):
  """They cannot be sorted; their tensors count as others do."""
  with tf.Graph().as_default() as graph:
    drawn = tf.random.stateless_uniform([2], [1, 2])
    fetched = {'plain': tf.constant(1.0), ('a', 'logits'): [wrap(drawn)]}
    assert random_draws.matter([fetched], graph)
