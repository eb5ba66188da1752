"""Batches that are cut out of arrays at once are those that tf.data makes of examples."""

import contextlib

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from tfcompat_estimator.session_emulation.passes import whole_batches
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def arrays(rows):
  """Arrays of several dtypes and ranks."""
  numbers = np.arange(rows)
  return {
    'flat': numbers.astype(np.float32),
    'rows': np.arange(rows * 6).reshape(rows, 2, 3),
    'text': np.array([b'%d' % n * (n % 40) for n in numbers], object),
    'flags': (numbers % 3 == 0, np.zeros([rows, 0], np.float64)),
  }


def elements(make, most=20):
  """The first elements, and what datasets an EmulatedSession makes of them."""
  with tf.Graph().as_default():
    iterator = v1.data.make_initializable_iterator(make())
    following = iterator.get_next()
    got = []
    with (
      emulated_session.EmulatedSession() as session,
      contextlib.suppress(tf.errors.OutOfRangeError),
    ):
      session.run(iterator.initializer)
      got.extend(session.run(following) for _ in range(most))
    return got, _datasets(iterator.initializer)


def _datasets(initializer):
  with emulated_session.EmulatedSession() as session:
    function = session.function([], [initializer])
    operations = function.compiled.graph.get_operations()
  return {op.type for op in operations if 'Dataset' in op.type}


def expected(make, most=20):
  """The first elements by eager execution, which has no passes."""
  return list(make().take(most).as_numpy_iterator())


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(
  rows=st.integers(1, 12),
  size=st.integers(1, 14),
  repeats=st.sampled_from([None, None, -1, 0, 1, 2, 3]),
  limit=st.sampled_from([None, None, -1, 0, 1, 5, 12, 17, 40]),
  drops=st.booleans(),
)
def test_any_batches(rows, size, repeats, limit, drops):
  """Of all sizes, with examples left over or not, once, often and without end."""

  def make():
    dataset = tf.data.Dataset.from_tensor_slices(arrays(rows))
    if repeats is not None:
      dataset = dataset.repeat(repeats)
    if limit is not None:
      dataset = dataset.take(limit)
    return dataset.batch(size, drop_remainder=drops)

  got, _ = elements(make)

  np.testing.assert_equal(got, expected(make))


def _slices(rows=8):
  return tf.data.Dataset.from_tensor_slices(arrays(rows))


REWRITTEN = {
  'all rows': lambda: _slices().batch(4),
  'some left': lambda: _slices().batch(3),
  'again and again': lambda: _slices().repeat(3).batch(4),
  'without end, then some': lambda: _slices().repeat().take(18).batch(4),
  'in the middle': lambda: (
    _slices().batch(2).map(lambda x: x['flat']).prefetch(2)
  ),
}
OTHERS = {
  'a small batch': lambda: _slices().batch(9),
  'batches from one end to the other': lambda: _slices().repeat(3).batch(3),
  'shuffled': lambda: _slices().shuffle(1).batch(4),
  'mapped': lambda: _slices().map(lambda x: x).batch(4),
  'taken, then repeated': lambda: _slices().take(4).repeat(2).batch(4),
  'computed': lambda: tf.data.Dataset.from_tensor_slices(
    tf.range(tf.constant(8))
  ).batch(4),
  'sparse': lambda: (
    tf.data.Dataset.from_tensor_slices(tf.sparse.from_dense(np.eye(4)))
    .batch(2)
    .map(tf.sparse.to_dense)
  ),
  'a size that is computed': lambda: _slices().batch(
    tf.cast(tf.size(tf.range(4)), tf.int64)
  ),
}


@pytest.mark.parametrize('name', [*REWRITTEN, *OTHERS])
def test_what_is_rewritten(name):
  """Rows of constants alone; all others stay as they are."""
  make = {**REWRITTEN, **OTHERS}[name]

  got, datasets = elements(make)

  assert ('BatchDatasetV2' not in datasets) == (name in REWRITTEN)
  assert len(got) > 0
  for ours, theirs in zip(got, expected(make), strict=True):
    tf.nest.map_structure(_assert_same, ours, theirs)


def _assert_same(ours, theirs):
  np.testing.assert_array_equal(ours, theirs)
  assert ours.dtype == theirs.dtype


def test_large_arrays_are_not_copied(monkeypatch):
  """To leave rows at their end out would copy all others."""
  monkeypatch.setattr(whole_batches, '_MOST_COPIED', 100)

  _, even = elements(REWRITTEN['all rows'])
  _, odd = elements(REWRITTEN['some left'])

  assert 'BatchDatasetV2' not in even
  assert 'BatchDatasetV2' in odd


def test_a_saved_position_is_by_the_names_of_datasets():
  """So nothing changes where one is saved: checkpoints of old go on."""
  with tf.Graph().as_default():
    iterator = v1.data.make_initializable_iterator(_slices().batch(4))
    tf.data.experimental.make_saveable_from_iterator(iterator)

    assert 'BatchDatasetV2' in _datasets(iterator.initializer)


def test_arrays_that_are_fed_stay():
  """What the constants hold is not what they feed."""
  with tf.Graph().as_default():
    array = tf.constant(np.arange(8))
    dataset = tf.data.Dataset.from_tensor_slices(array).batch(4)
    iterator = v1.data.make_initializable_iterator(dataset)
    following = iterator.get_next()
    with emulated_session.EmulatedSession() as session:
      fed = v1.get_default_graph().get_tensor_by_name(
        iterator.initializer.inputs[0].op.inputs[0].op.inputs[0].name
      )
      session.run(iterator.initializer, {fed: np.arange(8) * 2})

      np.testing.assert_array_equal(session.run(following), [0, 2, 4, 6])
