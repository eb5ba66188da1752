"""Keeps the dual variables of examples in hash tables."""

import tensorflow as tf

v1 = tf.compat.v1

# Of an example there are its dual variable, primal loss, dual loss and weight.
PRIMAL_LOSS = 1
DUAL_LOSS = 2
WEIGHT = 3
_STATE_SIZE = 4

# A key is a fingerprint of two numbers. These two stand for free slots, so they
# are in checkpoints: they cannot be chosen anew.
_EMPTY_KEY = (0, 0)
_DELETED_KEY = (1, 1)


class DualTable:
  """A table from fingerprints of example ids to what is known of examples.

  Args:
    shards: Over how many hash tables it is spread.
  """

  def __init__(self, shards: int) -> None:
    with v1.name_scope('ShardedMutableHashTable'):
      self._tables = [
        tf.lookup.experimental.DenseHashTable(
          key_dtype=tf.int64,
          value_dtype=tf.float32,
          default_value=[0.0] * _STATE_SIZE,
          empty_key=tf.constant(_EMPTY_KEY, tf.int64),
          deleted_key=tf.constant(_DELETED_KEY, tf.int64),
          name=f'ShardedMutableHashTable-{index}-of-{shards}',
        )
        for index in range(1, shards + 1)
      ]

  def lookup(self, keys: tf.Tensor) -> tf.Tensor:
    """What is known of examples: `[n, 2]` keys to float `[n, 4]`."""
    if len(self._tables) == 1:
      return self._tables[0].lookup(keys)
    shards = self._shards_of(keys)
    positions = self._spread(tf.range(tf.shape(keys)[0]), shards)
    found = [
      table.lookup(part)
      for table, part in zip(
        self._tables, self._spread(keys, shards), strict=True
      )
    ]
    return tf.dynamic_stitch(positions, found)

  def insert(self, keys: tf.Tensor, values: tf.Tensor) -> tf.Operation:
    """Replaces what is known of examples."""
    if len(self._tables) == 1:
      return self._tables[0].insert(keys, values)
    shards = self._shards_of(keys)
    return tf.group(
      *(
        table.insert(*part)
        for table, *part in zip(
          self._tables,
          self._spread(keys, shards),
          self._spread(values, shards),
          strict=True,
        )
      )
    )

  def size(self) -> tf.Tensor:
    """The number of examples seen."""
    return tf.add_n([table.size() for table in self._tables])

  def sums(self) -> tf.Tensor:
    """The sums over all examples, float64 `[4]`."""
    return tf.add_n(
      [
        tf.reduce_sum(tf.cast(table.export()[1], tf.float64), axis=0)
        for table in self._tables
      ]
    )

  def _shards_of(self, keys: tf.Tensor) -> tf.Tensor:
    return tf.cast(tf.abs(keys[:, 0]) % len(self._tables), tf.int32)

  def _spread(self, tensor: tf.Tensor, shards: tf.Tensor) -> list[tf.Tensor]:
    return tf.dynamic_partition(tensor, shards, len(self._tables))
