"""Checks how a batch is read for SDCA."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned.networks import column_variables
from tfcompat_estimator.canned.sdca import sdca_examples
from tfcompat_estimator.session_emulation.run import emulated_session

fc = tf.feature_column
X = fc.numeric_column('x', shape=2)
CITY = fc.categorical_column_with_vocabulary_list('city', ['a', 'b', 'c'])
FEATURES = {
  'x': np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
  'city': np.array([['b', 'b'], ['z', 'a']]),
  'name': np.array(['one', 'two']),
  'w': np.array([2, 3]),
}


def read(weight_column='w', names='name'):
  """A batch of two examples, with a bias."""
  state = column_variables.State()
  for column, size in ((X, 2), (CITY, 3)):
    with tf.compat.v1.variable_scope(column.name):
      state.create_variable(
        column, 'weights', [size, 1], initializer=tf.zeros_initializer()
      )
  return sdca_examples.read(
    {name: tf.constant(value) for name, value in FEATURES.items()},
    tf.constant([[1], [0]]),
    names,
    weight_column,
    [X, CITY],
    state,
    tf.compat.v1.get_variable('bias', [1]),
  )


def test_equal_ids_of_an_example_are_added_up():
  """The operation takes each once; a word out of the vocabulary is left out."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    batch = read(fc.numeric_column('w', normalizer_fn=lambda w: 10 * w))
    session.run(tf.compat.v1.tables_initializer())
    (city,) = batch.sparse
    got = session.run(
      [city.rows, city.ids, city.values, batch.labels, batch.weights]
    )
    numbers, bias = session.run([each.values for each in batch.dense])

  assert [each.tolist() for each in got] == [
    [0, 1],
    [1, 0],
    [2.0, 1.0],
    [1.0, 0.0],
    [20.0, 30.0],
  ]
  assert numbers.tolist() == FEATURES['x'].tolist()
  assert bias.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize(
  'arguments, name',
  [({'weight_column': 'no'}, 'weight_column'), ({'names': 'no'}, 'example_id')],
)
def test_a_feature_that_is_missing_is_named(arguments, name):
  """The error tells the argument and the features that there are."""
  with tf.Graph().as_default(), pytest.raises(KeyError, match=name):
    read(**arguments)
