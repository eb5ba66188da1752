"""The data of an input is an argument of the program that makes its iterator."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
LARGE = 2000  # numbers: more than a program holds


def run(dataset, others=()):
  """All elements, what was fetched with the initializer, and its function."""
  with tf.Graph().as_default():
    iterator = v1.data.make_initializable_iterator(dataset())
    following = iterator.get_next()
    got = []
    with emulated_session.EmulatedSession() as session:
      fetched = session.run([iterator.initializer, *(f() for f in others)])[1:]
      function = session.function([], [iterator.initializer]).compiled
      with contextlib.suppress(tf.errors.OutOfRangeError):
        while True:
          got.append(session.run(following))
    return got, fetched, function


def constants(function):
  """The bytes of all constants in a function."""
  return sum(
    op.node_def.ByteSize()
    for op in function.graph.get_operations()
    if op.type == 'Const'
  )


def table(values):
  """A lookup that a function of the dataset captures."""
  table = tf.constant(values)
  return tf.data.Dataset.range(3).map(lambda i: table[i])


numbers = np.arange(LARGE)
DATASETS = {
  'slices': lambda x: tf.data.Dataset.from_tensor_slices(x).batch(LARGE),
  'slices in small batches': lambda x: tf.data.Dataset.from_tensor_slices(
    x
  ).batch(700),
  'a few slices': lambda x: tf.data.Dataset.from_tensor_slices(x[:3]),
  'tensors': lambda x: tf.data.Dataset.from_tensors({'a': x, 'b': x[:2]}),
  'captured': table,
}
DTYPES = {
  'floats': numbers.astype(np.float32),
  'halves': numbers.astype(np.float16),
  'bfloat16': numbers.astype(tf.bfloat16.as_numpy_dtype),
  'complex': numbers * 1j,
  'bytes': numbers.astype(np.uint8),
  'flags': numbers % 3 == 0,
  'text': np.array(['ä' * (n % 5) for n in range(LARGE)], object),
  'ones': np.ones(LARGE, np.int32),
  'same words': np.array([b'word'] * LARGE, object),
  'planes': numbers.reshape(LARGE, 1, 1),
  'nothing in rows': np.zeros([LARGE, 0], np.float64),
}


@pytest.mark.parametrize('dataset', DATASETS)
@pytest.mark.parametrize('dtype', DTYPES)
def test_elements_are_the_same(dataset, dtype):
  """Of all dtypes, and whatever is made of them."""
  make = lambda: DATASETS[dataset](DTYPES[dtype])  # noqa: E731

  got, _, function = run(make)

  want = list(make().as_numpy_iterator())
  tf.nest.map_structure(np.testing.assert_array_equal, got, want)
  assert constants(function) < 5000  # not all of the captured ones are large


@pytest.mark.parametrize('dataset', DATASETS)
def test_other_data_needs_no_other_function(dataset):
  """What reads data reads any of its shape, and keeps none of it."""
  make = DATASETS[dataset]
  # TensorFlow numbers the functions of datasets, which a program shows.
  first = run(lambda: make(numbers))[2]

  known = len(shared.cache)
  got, _, second = run(lambda: make(numbers + 1))

  tf.nest.map_structure(
    np.testing.assert_array_equal,
    got,
    list(make(numbers + 1).as_numpy_iterator()),
  )
  if dataset != 'captured':
    assert second is first
    assert len(shared.cache) == known


def test_what_is_fetched_stays():
  """Constants that a run returns, or that others wait for."""
  with_name = lambda: tf.data.Dataset.from_tensor_slices(  # noqa: E731
    tf.constant(numbers, name='array')
  ).batch(LARGE)

  def waiting():
    graph = v1.get_default_graph()
    with tf.control_dependencies([graph.get_operation_by_name('array')]):
      return tf.constant(5)

  fetches = [
    lambda: v1.get_default_graph().get_tensor_by_name('array:0'),
    waiting,
  ]

  for chosen in (fetches, fetches[1:]):
    (got,), fetched, _ = run(with_name, chosen)
    np.testing.assert_array_equal(got, numbers)
    assert fetched[-1] == 5
    np.testing.assert_array_equal(fetched[0], [numbers, 5][-len(chosen)])


def test_a_program_without_input_keeps_its_constants():
  """A step has them at hand in each run."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession() as session,
  ):
    total = tf.reduce_sum(tf.constant(numbers) * 2)

    assert session.run(total) == numbers.sum() * 2
    assert constants(session.function([total], []).compiled) > LARGE
    del graph
