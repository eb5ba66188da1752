"""Crosses features of one value an example."""

import tensorflow as tf

_HASH_KEY = 0xDECAFCAFFE


def hashed(keys, num_buckets, hash_key):
  dense = [k if k.dtype == tf.string else tf.cast(k, tf.int64) for k in keys]
  internal = tf.int64 if any(k.dtype == tf.int64 for k in dense) else tf.string
  crossed = tf.raw_ops.SparseCross(
    indices=[],
    values=[],
    shapes=[],
    dense_inputs=[k[:, tf.newaxis] for k in dense],
    hashed_output=True,
    num_buckets=num_buckets,
    hash_key=hash_key or _HASH_KEY,
    out_type=tf.int64,
    internal_type=internal,
  )
  values = crossed.output_values
  values.set_shape(dense[0].shape)
  return values
