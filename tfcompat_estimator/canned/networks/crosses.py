"""Crosses features of one value an example by the hash of `SparseCross`.

`SparseCross` spends half a microsecond an example on making strings of what it
crosses. Its hash is a chain of multiplications, which vectors of integers can be
put through: Fingerprint64 of each word, integers as they are, and for each in
turn what farmhash calls `FingerprintCat64`.
"""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

# What SparseCross starts from where a cross has no key of its own.
_HASH_KEY = 0xDECAFCAFFE
_MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)
_SHIFT = np.uint64(47)


class Part:
  """One of several vectors to be crossed.

  Args:
    values: `[batch_size]`, strings or integers.
  """

  def __init__(self, values: tf.Tensor) -> None:
    self._values = values

  @functools.cached_property
  def mixed(self) -> tf.Tensor:
    """uint64 `[batch_size]`, what goes into the hash of each cross."""
    if self._values.dtype == tf.string:
      # Of each row, so that there has to be a second dimension.
      prints = tf.fingerprint(self._values[:, tf.newaxis])
      bits = tf.bitcast(prints, tf.uint64)
    else:
      bits = tf.bitcast(tf.cast(self._values, tf.int64), tf.uint64)
    return (_mix(bits * _MULTIPLIER) * _MULTIPLIER) ^ _MULTIPLIER


def hashed(
  parts: Sequence[Part], num_buckets: int, hash_key: int | None
) -> tf.Tensor:
  """The bucket of each example's values taken together.

  Args:
    parts: What is crossed, in this order.
    num_buckets: How many buckets there are.
    hash_key: Where the hash starts from; None or 0: where SparseCross does.

  Returns:
    int64 `[batch_size]`, what `tf.sparse.cross_hashed` makes of dense inputs.
  """
  value: Any = np.uint64(hash_key or _HASH_KEY)
  for part in parts:
    value = _mix(_mix((part.mixed ^ value) * _MULTIPLIER) * _MULTIPLIER)
  return tf.cast(value % np.uint64(num_buckets), tf.int64)


def _mix(value: tf.Tensor) -> tf.Tensor:
  shifted = tf.bitwise.right_shift(value, tf.constant(_SHIFT))
  return tf.bitwise.bitwise_xor(value, shifted)
