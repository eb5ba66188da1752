"""Tests that remembered plans rebuild structures as TensorFlow does."""

import collections

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
Pair = collections.namedtuple('Pair', 'one other')

STRUCTURES = {
  'tensor': lambda a, b, op: a,
  'operation': lambda a, b, op: op,
  'list': lambda a, b, op: [a, op, b, a],
  'tuple': lambda a, b, op: (a, (b,), ()),
  'namedtuple': lambda a, b, op: Pair(a, [op, b]),
  'dict': lambda a, b, op: {'x': a, 7: {'y': b, 'op': op}},
  'ordered dict': lambda a, b, op: collections.OrderedDict(z=a, a=b),
  'sparse': lambda a, b, op: {'s': tf.sparse.from_dense(a), 'b': b},
  'slices': lambda a, b, op: [tf.IndexedSlices(a, tf.range(3)), b],
  'ragged': lambda a, b, op: tf.RaggedTensor.from_row_lengths(a, [1, 2]),
}


def _assert_alike(one, other):
  assert type(one) is type(other)
  if isinstance(one, dict):
    assert list(one) == list(other)
    one, other = list(one.values()), list(other.values())
  if isinstance(one, (list, tuple)):
    assert len(one) == len(other)
    for part, other_part in zip(one, other, strict=True):
      _assert_alike(part, other_part)
  elif hasattr(one, 'row_splits'):
    _assert_alike(
      [one.values, one.row_splits], [other.values, other.row_splits]
    )
  else:
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize('case', STRUCTURES)
def test_a_plan_builds_what_tensorflow_builds(case):
  """The first run, later ones, and TensorFlow's own Session give the same."""
  with tf.Graph().as_default() as graph:
    a = tf.constant([1.0, 0.0, 3.0])
    b = tf.constant('text')
    fetches = STRUCTURES[case](a, b, tf.no_op())
    with v1.Session() as theirs:
      want = theirs.run(fetches)
    with emulated_session.EmulatedSession(graph) as ours:
      for _ in range(3):
        _assert_alike(ours.run(fetches), want)


@pytest.mark.parametrize('case', STRUCTURES)
def test_a_plan_takes_other_values_in_each_run(case):
  """Of what is fed, also where just that is fetched."""
  with tf.Graph().as_default() as graph:
    given = v1.placeholder(tf.float32, [3])
    fed_text = v1.placeholder(tf.string, [])
    fetches = [
      STRUCTURES[case](given * 2, fed_text, tf.no_op()),
      STRUCTURES[case](given, fed_text, tf.no_op()),
    ]
    with (
      v1.Session() as theirs,
      emulated_session.EmulatedSession(graph) as ours,
    ):
      for number in range(3):
        feeds = {given: [number, 0, 3], fed_text: f'run {number}'}
        _assert_alike(ours.run(fetches, feeds), theirs.run(fetches, feeds))


def test_what_is_fed_is_a_part_of_the_plan():
  """The same fetch with other feeds is another function."""
  with tf.Graph().as_default() as graph:
    a, b = tf.constant(1), tf.constant(2)
    total = a + b
    with emulated_session.EmulatedSession(graph) as session:
      feeds = [None, {a: 10}, {b: 20}, {a: 10, b: 20}, {b: 7, a: 1}]
      for _ in range(2):
        got = [session.run([total, a], each) for each in feeds]

  assert got == [[3, 1], [12, 10], [21, 1], [30, 10], [8, 1]]


def test_feeds_keep_their_plan(monkeypatch):
  """TensorFlow walks through the fetches in the first run only."""
  walks = []
  handler = _tf.FetchHandler

  def counting(*arguments):
    walks.append(1)
    return handler(*arguments)

  monkeypatch.setattr(_tf, 'FetchHandler', counting)
  with tf.Graph().as_default() as graph:
    x = v1.placeholder(tf.float32, [])
    y = x + 1
    with emulated_session.EmulatedSession(graph) as session:
      session.run(y, {x: 1.0})
      first = len(walks)
      assert [session.run(y, {x: float(n)}) for n in range(3)] == [1, 2, 3]

  assert len(walks) == first
