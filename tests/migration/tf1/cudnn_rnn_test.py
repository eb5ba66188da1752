"""Tests cuDNN's layers and their cells."""

import numpy as np
import pytest
import tensorflow as tf

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import cudnn_rnn, rnn_loops
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
X = np.sin(np.arange(24, dtype=np.float32)).reshape(4, 2, 3)


def test_numbers_of_1_15():
  """Outputs, states, gradients and variables of cells are equal."""
  beside.check_part('cudnn_cells', 'legacy')


def _run(build):
  with tf.Graph().as_default() as graph:
    v1.set_random_seed(3)
    built = build()
    variables = {each.op.name: each for each in v1.global_variables()}
    with emulated_session.EmulatedSession(graph) as session:
      session.run(v1.global_variables_initializer())
      return session.run((built, variables))


@pytest.mark.parametrize('kind', ['lstm', 'gru'])
@pytest.mark.parametrize('direction', ['unidirectional', 'bidirectional'])
def test_names_of_variables_are_those_of_checkpoints(kind, direction):
  """As 1.15 saved what cuDNN trained, so that its cells could restore it."""
  layer = {'lstm': cudnn_rnn.CudnnLSTM, 'gru': cudnn_rnn.CudnnGRU}[kind]

  _, variables = _run(lambda: layer(2, 3, direction=direction)(X)[0])

  ways = (
    ['rnn/multi_rnn_cell/cell_{}']
    if direction == 'unidirectional'
    else [
      f'stack_bidirectional_rnn/cell_{{}}/bidirectional_rnn/{way}'
      for way in ('fw', 'bw')
    ]
  )
  parts = {
    'lstm': ['kernel', 'bias'],
    'gru': [
      f'{part}/{name}'
      for part in (
        'gates',
        'candidate/input_projection',
        'candidate/hidden_projection',
      )
      for name in ('kernel', 'bias')
    ],
  }[kind]
  assert sorted(variables) == sorted(
    f'cudnn_{kind}/{way.format(index)}/cudnn_compatible_{kind}_cell/{part}'
    for way in ways
    for index in range(2)
    for part in parts
  )


def test_layers_are_cells_over_steps():
  """Outputs, and h before c in states, of cells that a program stacks itself."""

  def build():
    lstm = cudnn_rnn.CudnnLSTM(2, 3, direction='bidirectional')
    first = (tf.ones([4, 2, 3]), 2 * tf.ones([4, 2, 3]))
    got = lstm(X, first, training=False)
    ways = [
      [cudnn_rnn.CudnnCompatibleLSTMCell(3) for _ in range(2)] for _ in range(2)
    ]
    state = [
      cudnn_rnn.rnn_cell.LSTMStateTuple(2 * tf.ones([2, 3]), tf.ones([2, 3]))
    ] * 2
    with v1.variable_scope('cudnn_lstm', reuse=True):
      outputs, *ends = rnn_loops.stack_bidirectional_dynamic_rnn(
        *ways,
        tf.constant(X),
        state,
        state,
        dtype=tf.float32,
        time_major=True,
      )
    flat = [each for pair in zip(*ends, strict=True) for each in pair]
    expected = [tf.stack([getattr(e, part) for e in flat]) for part in 'hc']
    return got, (outputs, tuple(expected))

  (got, expected), _ = _run(build)

  tf.nest.map_structure(np.testing.assert_array_equal, got, expected)


def test_batches_before_steps_and_lengths():
  """The same numbers; outputs beyond a sequence's end are zeros."""

  def build():
    gru = cudnn_rnn.CudnnGRU(1, 3, name='own')
    lengths = tf.constant([4, 2])
    outputs, (state,) = gru(X, sequence_lengths=lengths)
    turned, (last,) = gru(
      tf.transpose(X, [1, 0, 2]), sequence_lengths=lengths, time_major=False
    )
    return outputs, tf.transpose(turned, [1, 0, 2]), state, last

  (outputs, turned, state, last), variables = _run(build)

  assert len(variables) == 6
  assert state.shape == (1, 2, 3)
  assert last.shape == (2, 1, 3)
  np.testing.assert_array_equal(outputs, turned)
  np.testing.assert_array_equal(outputs[2:, 1], 0)
  np.testing.assert_array_equal(state[0], last[:, 0])


def test_dropout_is_between_layers_and_in_training():
  """One layer has none; of two, `training` decides, as a tensor, too."""

  def build():
    one = cudnn_rnn.CudnnLSTM(1, 3, dropout=0.9)
    two = cudnn_rnn.CudnnLSTM(2, 3, dropout=0.9)
    return [
      [each(X, training=training)[0] for training in (tf.constant(True), False)]
      for each in (one, two)
    ] + [[two(X, training=tf.constant(False))[0]]]

  ((one, same), (dropped, whole), (not_now,)), _ = _run(build)

  np.testing.assert_array_equal(one, same)
  np.testing.assert_array_equal(whole, not_now)
  assert np.abs(dropped - whole).max() > 1e-3


def test_initializers_are_of_parts():
  """As of cuDNN, which has a kernel for each gate, and two biases to add."""

  def build():
    return cudnn_rnn.CudnnGRU(
      1,
      3,
      kernel_initializer=lambda shape, dtype: tf.fill(shape, shape[0] * 1.0),
      bias_initializer=v1.ones_initializer(),
    )(np.ones([4, 2, 5], np.float32))[0]

  _, variables = _run(build)

  of = {name.rpartition('gru_cell/')[2]: v for name, v in variables.items()}
  np.testing.assert_array_equal(of['gates/bias'], 2)
  np.testing.assert_array_equal(of['candidate/input_projection/bias'], 1)
  np.testing.assert_array_equal(of['gates/kernel'][:, 0], [5.0] * 5 + [3.0] * 3)
  np.testing.assert_array_equal(of['candidate/hidden_projection/kernel'], 3)


@pytest.mark.parametrize(
  ('arguments', 'message'),
  [
    ({'direction': 'bidrectional'}, 'bidrectional'),
    ({'input_mode': 'skip_input'}, "Use 'linear_input'"),
  ],
)
def test_what_does_not_exist(arguments, message):
  """An error names it."""
  with pytest.raises(ValueError, match=message):
    cudnn_rnn.CudnnLSTM(1, 3, **arguments)


def test_states_that_are_no_tuples():
  """An error says what they must be."""
  with pytest.raises(TypeError, match='must be a tuple'):
    cudnn_rnn.CudnnGRU(1, 3)(X, tf.zeros([1, 2, 3]))


@pytest.mark.parametrize('kind', ['Tanh', 'Relu'])
def test_plain_layers_are_basic_cells_over_steps(kind):
  """Also their names, those by which 1.15 saved what cuDNN trained."""
  activation = {'Tanh': np.tanh, 'Relu': lambda each: np.maximum(each, 0)}[kind]

  (outputs, (end,)), variables = _run(
    lambda: getattr(cudnn_rnn, f'CudnnRNN{kind}')(1, 3)(X)
  )

  prefix = f'cudnn_rnn_{kind.lower()}/rnn/multi_rnn_cell/cell_0/basic_rnn_cell'
  assert sorted(variables) == [f'{prefix}/bias', f'{prefix}/kernel']
  h = np.zeros([2, 3])
  for step, x in enumerate(X):
    h = activation(np.concatenate([x, h], 1) @ variables[f'{prefix}/kernel'])
    np.testing.assert_allclose(outputs[step], h, atol=1e-6)
  np.testing.assert_allclose(end[0], h, atol=1e-6)
