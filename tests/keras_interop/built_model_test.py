"""Tests what is asked of models of both libraries."""

import keras
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.keras_interop import built_model

BOTH = pytest.mark.parametrize('library', [tf_keras, keras])


@pytest.mark.eager
@BOTH
def test_a_model_of_libraries_only(library):
  """Its config tells all; with a layer of the program's it does not."""

  class Own(library.layers.Dense):
    """A layer of a program."""

  inputs = library.Input([2])
  plain = library.Model(inputs, library.layers.Dense(1)(inputs))
  own = library.Model(inputs, Own(1)(inputs))
  code = library.Model(inputs, library.layers.Lambda(lambda x: x)(inputs))
  words = library.Sequential(
    [
      library.Input([1], dtype='string'),
      library.layers.StringLookup(vocabulary=['a']),
    ]
  )

  assert built_model.is_of_libraries(plain)
  assert not built_model.is_of_libraries(own)
  assert not built_model.is_of_libraries(code)
  assert not built_model.is_of_libraries(words)


@pytest.mark.eager
@BOTH
def test_states_are_those_of_stateful_layers(library):
  """An LSTM has two, of what is in a model within the model as well."""
  inner = library.Sequential(
    [
      library.Input([3, 2], batch_size=4),
      library.layers.LSTM(5, stateful=True, return_sequences=True),
    ]
  )
  inputs = library.Input([3, 2], batch_size=4)
  model = library.Model(inputs, library.layers.LSTM(5)(inner(inputs)))

  states = built_model.states_of(model)
  assert [tuple(state.shape) for state in states] == [(4, 5), (4, 5)]


@pytest.mark.eager
def test_a_batch_of_zeros():
  """Of one example, in the structure of the specs; unknown sizes are 1."""
  specs = {
    'x': tf.TensorSpec([None, 3], tf.float32),
    'text': tf.TensorSpec([None], tf.string),
    'any': tf.TensorSpec(None, tf.int32),
  }
  zeros = built_model.zeros_of(specs)

  assert {name: tuple(zero.shape) for name, zero in zeros.items()} == {
    'x': (1, 3),
    'text': (1,),
    'any': (1,),
  }
  assert zeros['text'].numpy() == b''
  assert built_model.zeros_of(None) is None


@pytest.mark.eager
@pytest.mark.parametrize(
  ('shapes', 'found'),
  [
    ((None, 3), (1, 3)),
    ([(None, 3), (2, 1)], [(1, 3), (2, 1)]),
    ({'a': (None, 3)}, {'a': (1, 3)}),
  ],
)
def test_zeros_by_the_shapes_that_a_model_knows(shapes, found):
  """What Keras 3 notes of a model that was called."""
  model = keras.Model()
  model.get_build_config = lambda: {'input_shape': shapes}
  zeros = built_model.of_shapes(model)

  assert tf.nest.map_structure(lambda zero: tuple(zero.shape), zeros) == found


@pytest.mark.eager
def test_a_model_that_was_not_called_knows_no_shapes():
  """Nor does one of tf_keras."""
  assert built_model.of_shapes(keras.Model()) is None
  assert built_model.of_shapes(tf_keras.Model()) is None
