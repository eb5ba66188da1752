"""Checks recurrent layers that are made of cells of either Keras."""

import keras
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.canned.networks import cells

KINDS = {'tf_keras': tf_keras, 'Keras 3': keras}


def built(kind):
  """A layer of two cells, over two steps of three numbers."""
  library = KINDS[kind].layers
  layer = cells.over_steps(
    [library.GRUCell(4), library.SimpleRNNCell(2)], return_sequences=True
  )
  return layer, layer(tf.zeros([5, 2, 3]))


@pytest.mark.eager
@pytest.mark.parametrize('kind', KINDS)
def test_a_layer_runs_cells_over_the_steps(kind):
  """It is of the library of its cells; its variables are TensorFlow's."""
  layer, output = built(kind)

  assert isinstance(layer, KINDS[kind].layers.Layer)
  assert output.shape == (5, 2, 2)
  variables = cells.trainable_variables(layer)
  assert len(variables) == 6
  assert all(isinstance(each, tf.Variable) for each in variables)
  assert list(cells.updates(layer)) == []


def test_names_do_not_depend_on_what_the_process_made_before():
  """Keras 3 numbers them by process, checkpoints need them by graph."""
  names = []
  for _ in range(2):
    with tf.Graph().as_default(), cells.names_of_their_own():
      names.append(keras.layers.Dense(1).name)

  assert names == ['dense', 'dense']


def test_cells_read_their_variables_once():
  """All cells of a stack are told so, before they make their variables."""
  layer = tf_keras.layers.RNN(
    [tf_keras.layers.LSTMCell(2), tf_keras.layers.LSTMCell(2)]
  )
  cells.read_once(layer)
  with tf.Graph().as_default() as graph:
    layer(tf.compat.v1.placeholder(tf.float32, [None, 7, 3]))
    reads = [op for op in graph.get_operations() if op.type == 'ReadVariableOp']

  kernels = [op for op in reads if 'MatMul' in op.name]
  assert not kernels
