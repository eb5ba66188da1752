"""Crosses of single values are those of TensorFlow's own operation."""

import hypothesis
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import strategies as st

from tfcompat_estimator.canned.networks import crosses

INTEGERS = {np.int32: 31, np.int64: 63}


@st.composite
def keys(draw):
  """Two to four vectors of one length, of words or integers."""
  size = draw(st.integers(0, 5))
  vectors = []
  for _ in range(draw(st.integers(2, 4))):
    dtype = draw(st.sampled_from([bytes, *INTEGERS]))
    if dtype is bytes:
      values = draw(
        st.lists(st.binary(max_size=70), min_size=size, max_size=size)
      )
      vectors.append(tf.constant(values, tf.string, [size]))
    else:
      bits = INTEGERS[dtype]
      values = st.integers(-(2**bits), 2**bits - 1)
      values = draw(st.lists(values, min_size=size, max_size=size))
      vectors.append(tf.constant(np.array(values, dtype)))
  return vectors


@hypothesis.settings(max_examples=300, deadline=None)
@hypothesis.given(
  keys(), st.integers(1, 2**62), st.one_of(st.none(), st.integers(0, 2**63 - 1))
)
def test_buckets(vectors, num_buckets, hash_key):
  """Of any words and integers, bucket counts and hash keys."""
  expected = tf.sparse.cross_hashed(
    [vector[:, tf.newaxis] for vector in vectors], num_buckets, hash_key
  )

  found = crosses.hashed(
    [crosses.Part(vector) for vector in vectors], num_buckets, hash_key
  )

  assert found.dtype == tf.int64
  np.testing.assert_array_equal(found, expected.values)


def test_long_words():
  """Words of each length that the hash treats in its own way."""
  words = tf.constant([b'x' * n + bytes([n]) for n in range(200)])
  other = tf.constant(np.arange(200))

  found = crosses.hashed([crosses.Part(words), crosses.Part(other)], 997, 5)

  expected = tf.sparse.cross_hashed(
    [words[:, tf.newaxis], other[:, tf.newaxis]], 997, 5
  )
  np.testing.assert_array_equal(found, expected.values)


def test_lengths_that_differ():
  """Are refused."""
  parts = [
    crosses.Part(tf.constant([1, 2])),
    crosses.Part(tf.constant([1, 2, 3])),
  ]

  with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
    crosses.hashed(parts, 10, None)
