"""Tests how the input and the line behind an operation are found."""

import pytest
import tensorflow as tf

from tfcompat_estimator.errors import notes, origins

v1 = tf.compat.v1


def test_files_inside():
  """Those of TensorFlow, Keras and this package are of no use to a reader."""
  assert origins.is_inside(tf.__file__)
  assert origins.is_inside(origins.__file__)
  assert not origins.is_inside(__file__)


def test_inputs_of_an_operation():
  """Through all that is computed from them, by their names."""
  with tf.Graph().as_default():
    x, y = (v1.placeholder(tf.float32, name=name) for name in 'xy')
    label = v1.placeholder(tf.float32)
    notes.add_inputs({'x': x, 'y': y}, label)
    used, other = tf.square(x) + label * 2, tf.square(y)

  assert origins.inputs_of(used.op) == ["feature 'x'", 'the labels']
  assert origins.inputs_of(other.op) == ["feature 'y'"]


@pytest.mark.parametrize(
  'names, words',
  [
    ([], ''),
    (['a'], 'a'),
    (['a', 'b'], 'a and b'),
    ('abcd', 'a, b, c and d'),
    ('abcdef', 'a, b, c and 3 more'),
  ],
)
def test_lists_in_words(names, words):
  """Long ones are cut."""
  assert origins.joined(names) == words
