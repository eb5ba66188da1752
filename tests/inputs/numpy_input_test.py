"""Checks input functions over numpy arrays against the reference's rules."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tests import refusals
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.inputs import numpy_input
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.session_emulation.opening import session_creator

v1 = tf.compat.v1

X = np.arange(8) * 1.0
Y = np.arange(8) + 100
DICT = {'z': X, 'a': X.reshape(4, 2).repeat(2, 0)}


def batches(input_fn, limit=20):
  """The (static description, list of values) of what an input_fn gives."""
  values = []
  with tf.Graph().as_default():
    got = input_fn()
    described = tf.nest.map_structure(
      lambda t: (t.dtype.name, t.shape.as_list()), got
    )
    opener = session_creator.EmulatedSessionCreator(v1.train.Scaffold())
    with opener.opened([]) as session:
      while len(values) < limit:
        values.append(session.run(got))
  return described, values


def sizes_and_rows(values):
  rows = [row for batch, _ in values for row in batch.tolist()]
  return [len(batch) for batch, _ in values], rows


def test_series_are_read_by_their_labels():
  """Those of a frame, shuffled or not, give the rows that arrays give."""
  frame = pd.DataFrame({'x': X, 'y': Y}).sample(frac=1, random_state=1)
  assert list(frame['x']) != list(X)

  _, values = batches(
    numpy_input.numpy_input_fn({'x': frame['x']}, frame['y'], 8, shuffle=False),
    1,
  )

  ((features, labels),) = values
  np.testing.assert_array_equal(features['x'], X)
  np.testing.assert_array_equal(labels, Y)


# num_epochs, num_threads, batch_size -> batch sizes, rows
ORDERS = {
  'one epoch': ((1, 1, 3), [3, 3, 2], [*range(8)]),
  'a batch runs into the next epoch': (
    (2, 1, 5),
    [5, 5, 5, 1],
    [*range(8), *range(8)],
  ),
  'a batch of more than an epoch': ((1, 1, 20), [8], [*range(8)]),
  'no epoch': ((0, 1, 4), [], []),
  'each thread reads all': (
    (1, 2, 5),
    [5, 5, 5, 1],
    [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 5, 6, 7],
  ),
}


@pytest.mark.parametrize('case', ORDERS)
def test_rows_come_in_order(case):
  """Without shuffling, batches cut one long stream of rows."""
  (epochs, threads, size), sizes, rows = ORDERS[case]
  _, values = batches(
    numpy_input.numpy_input_fn(
      X, Y, size, epochs, shuffle=False, num_threads=threads
    )
  )

  assert sizes_and_rows(values) == (sizes, rows)
  assert [y for _, ys in values for y in ys] == [100 + row for row in rows]


def test_no_limit_of_epochs_gives_full_batches():
  """num_epochs=None goes on, with the batch size known statically."""
  described, values = batches(
    numpy_input.numpy_input_fn(X, Y, 5, None, shuffle=False), limit=4
  )

  assert described == (('float64', [5]), ('int64', [5]))
  assert sizes_and_rows(values) == ([5] * 4, [i % 8 for i in range(20)])


# x, y -> structure, dtypes and static shapes
STRUCTURES = {
  'array': (X, None, ('float64', [None])),
  'arrays': (X, Y, (('float64', [None]), ('int64', [None]))),
  'dict, sorted': (
    DICT,
    None,
    {'a': ('float64', [None, 2]), 'z': ('float64', [None])},
  ),
  'dict of targets': (
    {'z': X},
    {'q': Y},
    ({'z': ('float64', [None])}, {'q': ('int64', [None])}),
  ),
  'text': (
    {'s': np.array(['a', 'bc'])},
    np.array([b'x', b'y']),
    ({'s': ('string', [None])}, ('string', [None])),
  ),
}


@pytest.mark.parametrize('case', STRUCTURES)
def test_structure_of_inputs_is_kept(case):
  """Features and targets are tensors or dicts, as `x` and `y` are."""
  x, y, expected = STRUCTURES[case]
  described, values = batches(
    numpy_input.numpy_input_fn(x, y, 2, shuffle=False)
  )

  assert described == expected
  tf.nest.assert_same_structure(values[0], x if y is None else (x, y))


def test_shuffle_draws_each_row_once_an_epoch():
  """A shuffled input is a permutation, of features and targets alike."""
  x = np.arange(200)
  with tf.Graph().as_default():
    v1.set_random_seed(3)
    _, values = batches(
      numpy_input.numpy_input_fn(x, x + 7, 32, 2, shuffle=True)
    )
  _, rows = sizes_and_rows(values)

  assert rows != [*range(200), *range(200)]
  assert sorted(rows) == sorted([*range(200), *range(200)])
  assert all((y - batch == 7).all() for batch, y in values)


def test_queue_capacity_bounds_the_shuffle():
  """A row cannot come earlier than the queue has room for it."""
  x = np.arange(1000)
  _, values = batches(
    numpy_input.numpy_input_fn(x, x, 100, 1, shuffle=True, queue_capacity=10)
  )
  _, rows = sizes_and_rows(values)
  # It starts at a random row; the first one drawn is among the next ten.
  order = [(row - rows[0]) % 1000 for row in rows]

  assert not [i for i, o in enumerate(order) if 20 < o - i < 500]


ERRORS = {
  'shuffle missing': ({'x': X}, ValueError, 'shuffle must be provided'),
  'shuffle no bool': ({'x': X, 'shuffle': 'a'}, ValueError, 'got a'),
  'x a list': ({'x': [1], 'shuffle': False}, TypeError, 'got list'),
  'x None': ({'x': None, 'shuffle': False}, TypeError, 'got NoneType'),
  'x {}': ({'x': {}, 'shuffle': False}, ValueError, 'cannot be an empty dict'),
  'x without rows': (
    {'x': np.zeros((0, 2)), 'shuffle': False},
    ValueError,
    'cannot be an empty array',
  ),
  'column without rows': (
    {'x': {'a': np.zeros((0, 2))}, 'shuffle': False},
    ValueError,
    'at least one row',
  ),
  'column no array': (
    {'x': {'a': [1, 2]}, 'shuffle': False},
    AttributeError,
    "'list' object has no attribute 'shape'",
  ),
  'lengths in x': (
    {'x': {'x': X[:3], 'z': X[:4]}, 'shuffle': False},
    ValueError,
    r"Shapes in x: {'x': \(3,\), 'z': \(4,\)}\s*Shapes in y: None",
  ),
  'lengths of x and y': (
    {'x': {'x': X[:3]}, 'y': Y[:4], 'shuffle': False},
    ValueError,
    r"Shapes in x: {'x': \(3,\)}\s*Shapes in y: \(4,\)",
  ),
  'y {}': (
    {'x': X, 'y': {}, 'shuffle': False},
    ValueError,
    'y cannot be empty dict, use None instead.',
  ),
  'keys in common': (
    {'x': {'x': X}, 'y': {'x': X}, 'shuffle': False},
    ValueError,
    "1 duplicate keys are found in both x and y: {'x'}",
  ),
  'batch_size': (
    {'x': X, 'shuffle': False, 'batch_size': 0},
    ValueError,
    r'`batch_size` \(0\) must be > 0',
  ),
  'num_threads': (
    {'x': X, 'shuffle': False, 'num_threads': 0},
    ValueError,
    r'`num_threads` \(0\) must be > 0',
  ),
}


@refusals.each(ERRORS)
def test_bad_arguments(arguments, error, message):
  """What cannot work is refused, with the reference's types and phrases."""
  with tf.Graph().as_default(), pytest.raises(error, match=message):
    numpy_input.numpy_input_fn(**arguments)()


@pytest.mark.eager
def test_eager_mode_gives_a_dataset():
  """Where there is no graph, the same batches come as a Dataset."""
  dataset = numpy_input.numpy_input_fn(
    {'z': X}, Y, 3, num_epochs=2, shuffle=False
  )()

  assert [len(y) for _, y in dataset] == [3, 3, 3, 3, 3, 1]


def test_rows_stay_out_of_the_graph():
  """A graph over large arrays is small: it is saved with every checkpoint."""
  big = np.zeros((1000, 1000), np.float32)
  with tf.Graph().as_default() as graph:
    numpy_input.numpy_input_fn(big, shuffle=True)()

  assert graph.as_graph_def().ByteSize() < 100_000


def test_an_estimator_reads_it(model_dir):
  """Training, evaluation and prediction run from it, and end with it."""

  def model_fn(features, labels, mode):
    weight = v1.get_variable('w', [], initializer=v1.ones_initializer())
    predictions = features['z'] * tf.cast(weight, tf.float64)
    if mode == 'infer':
      return estimator_specs.EstimatorSpec(mode, predictions=predictions)
    loss = tf.reduce_mean(tf.cast(labels, tf.float64) - predictions)
    with tf.control_dependencies([loss]):
      train_op = v1.train.get_global_step().assign_add(1)
    return estimator_specs.EstimatorSpec(mode, loss=loss, train_op=train_op)

  model = base_estimator.Estimator(model_fn, model_dir)
  model.train(
    numpy_input.numpy_input_fn({'z': X}, Y, 3, num_epochs=2, shuffle=True)
  )
  read = numpy_input.numpy_input_fn({'z': X}, Y, 3, shuffle=False)

  assert model.get_variable_value('global_step') == 6
  assert model.evaluate(read)['loss'] == pytest.approx(100)
  assert list(model.predict(read)) == X.tolist()
