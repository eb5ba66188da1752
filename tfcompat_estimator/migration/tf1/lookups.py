"""Lookup tables with the arguments of `tf.contrib.lookup`."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1
lookup_ops = _tf.lookup_ops


def HashTable(  # noqa: N802  # a class to programs
  initializer: Any,
  default_value: Any,
  shared_name: str | None = None,
  name: str | None = None,
) -> Any:
  """`tf.lookup.StaticHashTable`, which v1's initializers initialize.

  `shared_name` is not read: a program is one session here.
  """
  return v1.lookup.StaticHashTable(initializer, default_value, name=name)


def MutableDenseHashTable(  # noqa: N802  # a class to programs
  key_dtype: Any,
  value_dtype: Any,
  default_value: Any,
  empty_key: Any,
  deleted_key: Any,
  initial_num_buckets: int | None = None,
  shared_name: str | None = None,
  name: str = 'MutableDenseHashTable',
  checkpoint: bool = True,
) -> Any:
  """`tf.lookup.experimental.DenseHashTable`."""
  return v1.lookup.experimental.DenseHashTable(
    key_dtype,
    value_dtype,
    default_value,
    empty_key,
    deleted_key,
    initial_num_buckets,
    name,
    checkpoint,
  )


def index_table_from_tensor(
  mapping: Any,
  num_oov_buckets: int = 0,
  default_value: int = -1,
  hasher_spec: Any = lookup_ops.FastHashSpec,
  dtype: Any = tf.string,
  name: str | None = None,
) -> Any:
  """A table from the values of a vector to their positions."""
  return lookup_ops.index_table_from_tensor(
    mapping, num_oov_buckets, default_value, hasher_spec, dtype, name
  )


def string_to_index_table_from_tensor(
  mapping: Any,
  num_oov_buckets: int = 0,
  default_value: int = -1,
  hasher_spec: Any = lookup_ops.FastHashSpec,
  name: str | None = None,
) -> Any:
  """`index_table_from_tensor` of strings."""
  return index_table_from_tensor(
    mapping, num_oov_buckets, default_value, hasher_spec, name=name
  )


def string_to_index_table_from_file(
  vocabulary_file: Any = None,
  num_oov_buckets: int = 0,
  vocab_size: int | None = None,
  default_value: int = -1,
  hasher_spec: Any = lookup_ops.FastHashSpec,
  name: str | None = None,
) -> Any:
  """A table from the lines of a file to their numbers."""
  return lookup_ops.index_table_from_file(
    vocabulary_file,
    num_oov_buckets,
    vocab_size,
    default_value,
    hasher_spec,
    key_dtype=tf.string,
    name=name,
  )


def index_to_string_table_from_tensor(
  mapping: Any, default_value: str = 'UNK', name: str | None = None
) -> Any:
  """A table from positions in a vector of strings to these."""
  return lookup_ops.index_to_string_table_from_tensor(
    mapping, default_value, name
  )


def string_to_index(
  tensor: Any, mapping: Any, default_value: int = -1, name: str | None = None
) -> tf.Tensor:
  """The positions of strings in a vector."""
  table = index_table_from_tensor(mapping, 0, default_value, name=name)
  return table.lookup(tensor)


def index_to_string(
  tensor: Any, mapping: Any, default_value: str = 'UNK', name: str | None = None
) -> tf.Tensor:
  """The strings at positions of a vector."""
  table = index_to_string_table_from_tensor(mapping, default_value, name)
  return table.lookup(tensor)
