"""Tests input functions of tf.contrib.learn.io."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1 import learn_inputs

v1 = tf.compat.v1


def test_batches_of_generators_are_those_of_1_15():
  """Chunks that wrap around, labels, shapes, what is filled up, and the end."""
  beside.check_part('generated', 'legacy')


def _rows():
  for index in range(6):
    yield {'x': np.float32(index), 'y': np.int64(index)}


def _batches(input_fn):
  with tf.Graph().as_default():
    made = input_fn()
    with v1.train.SingularMonitoredSession() as session:
      while not session.should_stop():
        yield session.run(made)


def test_generators_are_shuffled_and_read_by_threads():
  """Each thread goes through all epochs; pairs stay together."""
  input_fn = learn_inputs.generator_input_fn(
    _rows, 'y', batch_size=4, num_threads=2
  )

  pairs = [
    pair
    for features, labels in _batches(input_fn)
    for pair in zip(features['x'], labels, strict=True)
  ]

  assert all(x == y for x, y in pairs)
  xs = [x for x, _ in pairs]
  assert xs != sorted(xs)
  # The last chunk of two rows is whole; it ends where an epoch does.
  assert sorted(xs) == sorted([0, 1, 2, 3, 4, 5] * 2 + [0, 1] * 2)


def test_shuffle_has_a_default():
  """For arrays and frames, which `tf.estimator.inputs` has not."""
  x = np.arange(50.0)
  for input_fn in (
    learn_inputs.numpy_input_fn({'x': x}, x, batch_size=50),
    learn_inputs.pandas_input_fn(pd.DataFrame({'x': x}), pd.Series(x), 50),
  ):
    ((features, labels),) = _batches(input_fn)

    np.testing.assert_array_equal(features['x'], labels)
    assert list(labels) != list(x)
    assert sorted(labels) == list(x)


def _arrays():
  yield np.zeros(3)


@pytest.mark.parametrize(
  ('x', 'arguments', 'error', 'message'),
  [
    ([1], {}, TypeError, 'x must be generator function; got list'),
    (lambda: [1], {}, TypeError, r'x\(\) must be generator; got list'),
    (_arrays, {}, TypeError, r'x\(\) must yield dict; got ndarray'),
    (_rows, {'target_key': 3}, TypeError, 'str or Container of str; got int'),
    (_rows, {'target_key': [3]}, TypeError, 'str or Container of str; got int'),
    (_rows, {'target_key': ['z']}, KeyError, 'target_key not in yielded dict'),
    (_rows, {'pad_value': 0}, NotImplementedError, 'padding and shuffling'),
  ],
)
def test_generators_that_do_not_fit(x, arguments, error, message):
  """The errors are those of 1.15."""
  with pytest.raises(error, match=message):
    learn_inputs.generator_input_fn(x, **arguments)


def test_rows_with_other_keys():
  """The error names what is expected."""

  def rows():
    yield {'x': np.float32(1), 'y': np.float32(1)}
    yield {'x': np.float32(1)}

  with pytest.raises(tf.errors.OpError, match='key mismatch'):
    list(_batches(learn_inputs.generator_input_fn(rows, shuffle=False)))
