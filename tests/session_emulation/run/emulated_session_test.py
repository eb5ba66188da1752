"""Tests the session interface: fetches, feeds, options, closing."""

import collections
import time

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
Pair = collections.namedtuple('Pair', ['first', 'second'])


@pytest.fixture
def graph():
  """A default graph."""
  with tf.Graph().as_default() as graph:
    yield graph


@pytest.fixture
def session(graph):
  """A session of the default graph."""
  with emulated_session.EmulatedSession(graph) as session:
    yield session


FETCHES = {
  'tensor': (lambda x: x['two'], 2.0),
  'name of a tensor': (lambda x: 'two:0', 2.0),
  'name of an operation': (lambda x: 'nothing', None),
  'operation': (lambda x: x['nothing'], None),
  'variable': (lambda x: x['variable'], 7),
  'name of a variable': (lambda x: 'v:0', 7),
  'handle of a variable': (lambda x: x['variable'].handle, 7),
  'list': (lambda x: [x['two'], x['three']], [2.0, 3.0]),
  'tuple': (lambda x: (x['two'], x['nothing']), (2.0, None)),
  'nested': (lambda x: [x['two'], [x['three'], []]], [2.0, [3.0, []]]),
  'namedtuple': (lambda x: Pair(x['two'], x['three']), Pair(2.0, 3.0)),
  'dict': (lambda x: {'b': x['two'], 'a': x['three']}, {'b': 2.0, 'a': 3.0}),
  'dict with keys of several types': (
    lambda x: {1: x['two'], None: x['three'], ('t',): x['two']},
    {1: 2.0, None: 3.0, ('t',): 2.0},
  ),
  'the same twice': (lambda x: [x['two'], x['two']], [2.0, 2.0]),
  'string': (lambda x: x['text'], b'abc'),
  'empty list': (lambda x: [], []),
}


@pytest.mark.parametrize('case', FETCHES)
def test_fetch_structures_come_back_with_v1_values(session, case):
  """Each structure is returned as it was asked for, twice in a row."""
  elements = {
    'two': tf.constant(2.0, name='two'),
    'three': tf.constant(3.0),
    'text': tf.constant('abc'),
    'nothing': tf.no_op(name='nothing'),
    'variable': v1.get_variable('v', initializer=7),
  }
  session.run(v1.global_variables_initializer())
  make, expected = FETCHES[case]

  for _ in range(2):
    assert session.run(make(elements)) == expected


def test_dict_order_is_kept(session):
  """A dict comes back in the order of the one that was asked for."""
  one = tf.constant(1)

  assert list(session.run({'b': one, 'a': one})) == ['b', 'a']


def test_scalars_are_numpy_scalars(session):
  """Numbers come back as numpy scalars of their dtype, not as 0-d arrays."""
  value = session.run(tf.constant(1.5))

  assert type(value) is np.float32


def test_composite_fetches_give_value_tuples(session):
  """Sparse, indexed and ragged tensors come back as their v1 value types."""
  sparse = tf.SparseTensor([[0, 1]], [5], [2, 3])
  slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]))
  ragged = tf.ragged.constant([[1], [2, 3]])

  got = session.run([sparse, slices, ragged])

  assert isinstance(got[0], v1.SparseTensorValue)
  assert got[0].dense_shape.tolist() == [2, 3]
  assert type(got[1]).__name__ == 'IndexedSlicesValue'
  assert got[2].to_list() == [[1], [2, 3]]


def test_ref_typed_outputs_come_back_as_values(session):
  """A reference variable's own output can be fetched."""
  variable = v1.get_variable('r', initializer=3.0, use_resource=False)
  session.run(variable.initializer)

  assert session.run([variable, 'r:0']) == [3.0, 3.0]


def test_feeding_replaces_placeholders_and_intermediate_tensors(session):
  """Nothing behind a fed tensor runs."""
  x = v1.placeholder(tf.float32, [None], name='x')
  boom = v1.get_variable('never', [1])  # uninitialized: reading it would fail
  middle = x + boom
  y = 2 * middle

  assert session.run(y, {middle: [4.0]}).tolist() == [8.0]
  assert session.run(y, {middle.name: np.array([1.0, 2.0])}).tolist() == [2, 4]


def test_a_fed_tensor_can_be_fetched(session):
  """Its value is what was fed."""
  x = v1.placeholder(tf.int32, [])

  assert session.run([x, x + 1], {x: 3}) == [3, 4]


def test_what_is_fed_is_fetched_as_a_session_does(session):
  """An array of what was given, texts as texts; what is computed, a scalar."""
  number = v1.placeholder(tf.int32, [])
  text = v1.placeholder(tf.string, [])
  eager = v1.placeholder(tf.float32, [1])
  with _tf.eager_mode():
    value = tf.constant([2.0])

  fed = session.run([number, text, eager], {number: 3, text: 'a', eager: value})

  assert [type(value) for value in fed] == [np.ndarray] * 3
  assert [value.tolist() for value in fed] == [3, 'a', [2.0]]
  assert type(session.run(number + 1, {number: 3})) is np.int32


def test_composite_feeds(session):
  """Sparse and ragged placeholders take v1 value tuples."""
  sparse = v1.sparse_placeholder(tf.int32)
  ragged = v1.ragged.placeholder(tf.int32, 1)
  dense = tf.sparse.to_dense(sparse)
  value = v1.SparseTensorValue([[0, 1]], [5], [1, 2])
  ragged_value = v1.ragged.constant_value([[1], [2, 3]], dtype=np.int32)

  assert session.run(dense, {sparse: value}).tolist() == [[0, 5]]
  assert session.run(tf.reduce_sum(ragged), {ragged: ragged_value}) == 6


BAD_RUNS = {
  'shape': (ValueError, 'Cannot feed value of shape', {'x': [[1.0]]}),
  'dtype': (ValueError, 'could not convert', {'x': ['a']}),
  'unknown key': (TypeError, 'Cannot interpret feed_dict key', {'y': 1.0}),
}


@pytest.mark.parametrize('case', BAD_RUNS)
def test_bad_feeds_raise_as_in_v1(session, case):
  """A value that does not fit says which tensor it was for."""
  x = v1.placeholder(tf.float32, [2], name='x')
  kind, text, feeds = BAD_RUNS[case]
  keys = {'x': x, 'y': 'no_such:0'}

  with pytest.raises(kind, match=text):
    session.run(x + 1, {keys[key]: value for key, value in feeds.items()})


def test_a_large_integer_is_refused_for_a_small_type(session):
  """A Python int out of the tensor's range is a TypeError, as in v1."""
  x = v1.placeholder(tf.int32, [])

  with pytest.raises(TypeError, match='not compatible with Tensor type int32'):
    session.run(x, {x: 2**40})


def test_a_graph_tensor_cannot_be_fed_as_a_value(session):
  """The message tells to feed a value."""
  x = v1.placeholder(tf.float32, [])

  with pytest.raises(TypeError, match='cannot be a tf.Tensor'):
    session.run(x, {x: tf.constant(1.0)})


@pytest.mark.parametrize(
  ('fetch', 'kind'),
  [(None, TypeError), (5, TypeError), ('no_such:0', ValueError)],
)
def test_bad_fetches_raise_as_in_v1(session, fetch, kind):
  """What is no element of the graph is refused."""
  with pytest.raises(kind):
    session.run(fetch)


def test_an_element_of_another_graph_is_refused(session):
  """A session runs its own graph only."""
  with tf.Graph().as_default():
    other = tf.constant(1)

  with pytest.raises(ValueError, match='not an element of this graph'):
    session.run(other)


def test_as_default_serves_eval_and_run(session):
  """tensor.eval() and op.run() use the default session."""
  variable = v1.get_variable('v', initializer=1)
  add = v1.assign_add(variable, 2)

  with session.as_default():
    variable.initializer.run()
    add.op.run()

    assert variable.eval() == 3
    assert v1.get_default_session() is session
  assert v1.get_default_session() is None


def test_use_after_close_raises(graph):
  """A closed session says so."""
  session = emulated_session.EmulatedSession(graph)
  one = tf.constant(1)
  session.close()
  session.close()

  with pytest.raises(RuntimeError, match='closed Session'):
    session.run(one)


def test_time_limit(session):
  """A run that waits longer than timeout_in_ms ends with DeadlineExceeded."""
  queue = v1.FIFOQueue(1, [tf.int32])
  start = time.monotonic()

  with pytest.raises(tf.errors.DeadlineExceededError, match='timeout_in_ms'):
    session.run(queue.dequeue(), options=v1.RunOptions(timeout_in_ms=50))
  assert time.monotonic() - start < 30


def test_trace_fills_the_metadata(session):
  """A traced run records its operations, with times."""
  x = tf.random.uniform([50, 50])
  metadata = v1.RunMetadata()

  session.run(
    tf.matmul(x, x),
    options=v1.RunOptions(trace_level=v1.RunOptions.FULL_TRACE),
    run_metadata=metadata,
  )

  names = [
    node.node_name
    for device in metadata.step_stats.dev_stats
    for node in device.node_stats
  ]
  assert any('MatMul' in name for name in names)


def test_make_callable(session):
  """The function takes values in the order of feed_list."""
  x, y = v1.placeholder(tf.float32), v1.placeholder(tf.float32)
  subtract = session.make_callable(x - y, [x, y])

  assert subtract(5.0, 3.0) == 2.0
  with pytest.raises(TypeError, match='takes 2 values'):
    subtract(1.0)


def test_partial_run_is_refused(session):
  """The error names the way out."""
  with pytest.raises(tf.errors.UnimplementedError, match='Call `run`'):
    session.partial_run_setup([tf.constant(1)])


def test_operations_added_later_can_be_run(session):
  """The graph may grow after the session was made."""
  one = tf.constant(1)
  assert session.run(one) == 1
  two = one + 1

  assert session.run(two) == 2


@pytest.mark.eager
def test_a_fetched_variable_has_the_value_from_before_the_run(session):
  """session.run([update, variable]) gives the old value, every time."""
  variable = v1.get_variable('v', initializer=0)
  add = v1.assign_add(variable, 1).op
  session.run(variable.initializer)

  got = [session.run([add, variable])[1] for _ in range(200)]

  assert got == list(range(200))


def test_eager_mode_is_back_after_a_run(graph):
  """Running does not leave eager or graph mode changed."""
  session = emulated_session.EmulatedSession(graph)
  session.run(tf.constant(1))

  assert v1.get_default_graph() is graph
  assert not tf.executing_eagerly()
  session.close()
