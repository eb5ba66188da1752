"""Checks what sessions of a kept graph leave to later ones."""

import contextlib

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.compiled import shared
from tfcompat_estimator.session_emulation.passes import (
  pipeline,
  synchronous_input,
)
from tfcompat_estimator.session_emulation.run import (
  emulated_session,
  kept_runs,
)

v1 = tf.compat.v1


@pytest.fixture
def made(monkeypatch):
  """The sizes of the programs that are made, in a list."""
  sizes = []
  run = pipeline.run

  def counted(nodes, context):
    sizes.append(len(nodes))
    run(nodes, context)

  monkeypatch.setattr(pipeline, 'run', counted)
  return sizes


class Calls:
  """Sessions of one graph, each with an input of its own.

  Args:
    build_input: Builds nodes in the default graph, of one argument.
    build_model: Builds the others; returns what to fetch.
    first: The argument in the graph itself.
  """

  def __init__(self, build_input, build_model, first):
    self._build_input = build_input
    self.graph = tf.Graph()
    with self.graph.as_default():
      given = build_input(first)
      self._names = [node.name for node in self.graph.as_graph_def().node]
      self.fetches = build_model(given)
    self.kept = kept_runs.KeptRuns(self._names)

  @contextlib.contextmanager
  def session(self, argument):
    """A session of a call."""
    with tf.Graph().as_default() as other:
      self._build_input(argument)
    input_def = other.as_graph_def()
    own = self.graph.as_graph_def()
    for place, node in enumerate(own.node):
      if node.name in self._names:
        own.node[place].CopyFrom(input_def.node[place])
    own.library.MergeFrom(input_def.library)
    self.graph.as_graph_def = lambda *_, **__: v1.GraphDef.FromString(
      own.SerializeToString()
    )
    self.kept.begin(self.graph, input_def)
    try:
      with (
        self.graph.as_default(),
        emulated_session.EmulatedSession(self.graph) as session,
      ):
        yield session
    finally:
      self.kept.end(self.graph)

  def __call__(self, argument):
    with self.session(argument) as session:
      return session.run(self.fetches)


def one_number(value):
  return tf.constant(value, name='given')


def test_what_has_no_input_in_it_is_made_once(made):
  """And what has is made again with another input, not with the same."""
  calls = Calls(
    one_number, lambda given: [tf.constant(3.0) * 2.0, given + 1.0], 1.0
  )
  a, b = calls.fetches
  for number, (value, expected) in enumerate(
    [(1.0, 2), (1.0, 0), (2.0, 1), (2.0, 0)]
  ):
    made.clear()
    with calls.session(value) as session:
      assert session.run(a) == 6.0
      assert session.run(b) == value + 1.0
    assert len(made) == expected, number


def test_a_dataset_is_read_anew():
  """Its function is another one each time, and so is its data."""

  def input_of(by):
    data = np.arange(3000) * by
    dataset = tf.data.Dataset.from_tensor_slices(data).map(lambda x: x + by)
    iterator = v1.data.make_initializable_iterator(dataset)
    return iterator.initializer, iterator.get_next()

  calls = Calls(input_of, lambda given: [given[0], given[1] * 2], 1)
  start, fetch = calls.fetches
  for by in (1, 5, 7):
    with calls.session(by) as session:
      session.run(start)
      assert [session.run(fetch) for _ in range(3)] == [
        2 * (by * number + by) for number in range(3)
      ]
  size = calls.kept.bytes
  assert 0 < size < 3000


def test_an_operation_that_is_added_is_there():
  """The graph is read as any other then."""
  calls = Calls(one_number, lambda given: given + 1.0, 1.0)
  calls(1.0)
  with calls.session(2.0) as session:
    del calls.graph.as_graph_def
    more = calls.fetches * 10.0
    assert session.run(more) == 20.0  # of the graph itself
    assert session.run(calls.fetches) == 2.0


def test_a_variable_has_no_value_in_a_new_session(made):
  """Nobody reads what an earlier session has assigned."""

  def model(given):
    variable = v1.get_variable('w', initializer=5.0, use_resource=True)
    return [variable.initializer, variable + 1.0, tf.group(given)]

  calls = Calls(one_number, model, 1.0)
  initializer, fetch, _ = calls.fetches
  for _ in range(2):
    with calls.session(1.0) as session:
      session.run(initializer)
      assert session.run(fetch) == 6.0
  with (
    calls.session(1.0) as session,
    pytest.raises(tf.errors.FailedPreconditionError, match='w'),
  ):
    session.run(fetch)


@pytest.mark.parametrize('resource', [False, True])
def test_variables_and_random_streams_begin_anew(resource, made):
  """Of each kind; what a session draws is what the first one drew."""

  def model(given):
    variable = v1.get_variable(
      'w', initializer=given, use_resource=resource, dtype=tf.float32
    )
    drawn = tf.random.uniform([2], seed=3)
    return [variable.initializer, v1.assign_add(variable, 1.0), drawn]

  calls = Calls(one_number, model, 1.0)
  initializer, step, drawn = calls.fetches
  results = []
  for _ in range(3):
    made.clear()
    with calls.session(2.0) as session:
      session.run(initializer)
      results.append(
        [session.run(step), session.run(step), *session.run(drawn)]
      )
  assert len(made) <= (not resource)
  assert results[0][:2] == [3.0, 4.0]
  assert results == results[:1] * 3


def test_an_input_that_draws_is_part_of_the_whole():
  """Its streams are told from the graph, each time."""
  calls = Calls(
    lambda bound: tf.random.uniform([], maxval=bound, seed=3),
    lambda given: given * 2.0,
    1.0,
  )
  first, *others = (calls(bound) for bound in (1.0, 1.0, 2.0))
  np.testing.assert_allclose(others, [first, 2 * first], rtol=1e-6)
  assert not calls.kept.bytes


def test_what_is_compiled_no_more_is_made_again(made):
  """Nothing holds functions but the cache of all sessions."""
  calls = Calls(one_number, lambda given: tf.constant(2.0) * 4.0, 1.0)
  assert [calls(1.0), calls(1.0)] == [8.0, 8.0]
  shared.cache.clear()
  made.clear()
  assert calls(1.0) == 8.0
  assert made


def test_other_options_have_other_functions(made):
  """Of the device, and of TensorFlow's optimizer of graphs."""
  calls = Calls(one_number, lambda given: tf.constant(2.0) * 4.0, 1.0)
  calls(1.0)
  made.clear()
  with tf.device('CPU:0'):
    calls(1.0)
  assert made


def test_a_program_that_waits_has_a_permit(monkeypatch, made):
  """And where there is none, one is made that does not wait in place."""

  def input_of(count):
    iterator = v1.data.make_one_shot_iterator(tf.data.Dataset.range(count))
    return iterator.get_next()

  calls = Calls(input_of, lambda given: given * 2, 3)
  permits = synchronous_input.Permits()
  free = [True, True, False, False, True]
  monkeypatch.setattr(permits, 'acquire', lambda: free[0])
  monkeypatch.setattr(permits, 'release', lambda: None)
  monkeypatch.setattr(
    synchronous_input.SessionPermit.__init__, '__defaults__', (permits,)
  )
  counts = []
  while free:
    made.clear()
    assert calls(3) == 0
    counts.append(len(made))
    free.pop(0)
  assert counts == [1, 0, 1, 1, 0]
