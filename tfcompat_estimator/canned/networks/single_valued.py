"""Reads the ids of features that have one value an example, densely.

TensorFlow's columns make sparse tensors of all features, which takes some thirty
operations a column. A feature of shape `[batch_size]` or `[batch_size, 1]` needs
none of that: its ids are a vector.
"""

import contextlib
import contextvars
import functools
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.canned.networks import crosses

# What stands for no value in a feature of the type, as TensorFlow's columns have
# it. Other types are read by them.
_MISSING = {tf.string: '', tf.int32: -1, tf.int64: -1}
_NO_ID = -1

_shared: contextvars.ContextVar[list['Reader'] | None] = contextvars.ContextVar(
  'readers', default=None
)


class Ids:
  """The ids of a column, one an example.

  Attributes:
    values: int64 `[batch_size]`, below 0 where there is no id.
    present: bool `[batch_size]`, where the feature has a value. It may be one
      without an id, which still takes part in crosses. None: everywhere.
    valid: bool `[batch_size]`, where there is an id. None: everywhere.
  """

  def __init__(
    self,
    values: tf.Tensor,
    present: tf.Tensor | None = None,
    valid: tf.Tensor | None = None,
  ) -> None:
    self.values = values
    self.present = present
    self.valid = valid

  @functools.cached_property
  def part_of_crosses(self) -> crosses.Part:
    """The ids as a part of crosses."""
    return crosses.Part(self.values)

  @functools.cached_property
  def rows(self) -> tf.Tensor:
    """int64 `[batch_size]`, the ids, 0 where there is none."""
    if self.valid is None:
      return self.values
    return tf.where(self.valid, self.values, tf.zeros_like(self.values))

  @functools.cached_property
  def unique_rows(self) -> tuple[tf.Tensor, tf.Tensor]:
    """`rows` without repetitions, and the place of each example's in them."""
    unique = tf.unique(self.rows)
    return unique.y, unique.idx


@contextlib.contextmanager
def shared() -> Iterator[None]:
  """Networks that are built in this context read the same features once."""
  token = _shared.set([])
  try:
    yield
  finally:
    _shared.reset(token)


def reader(features: Mapping[str, Any]) -> 'Reader':
  """What reads these features; in the context `shared`, the same for all."""
  readers = _shared.get()
  if readers is None:
    return Reader(features)
  for known in readers:
    if known.reads(features):
      return known
  readers.append(Reader(features))
  return readers[-1]


class Reader:
  """Reads columns of one set of features, each once."""

  def __init__(self, features: Mapping[str, Any]) -> None:
    self._features = dict(features)
    self._vectors: dict[str, tf.Tensor | None] = {}
    self._parts: dict[str, crosses.Part] = {}
    self._sparse: dict[str, tf.SparseTensor] = {}
    # By identity: to hash a column means to hash all of its vocabulary.
    self._ids: dict[int, tuple[Any, Ids | None]] = {}
    # A key may be a column: its value is then what the column makes of the feature.
    self._is_plain = all(isinstance(key, str) for key in features)

  def reads(self, features: Mapping[str, Any]) -> bool:
    """Whether these are its features."""
    return features.keys() == self._features.keys() and all(
      features[key] is value for key, value in self._features.items()
    )

  def ids(self, column: Any, cache: Any, state: Any) -> Ids | None:
    """The ids of a categorical column.

    Args:
      column: The column.
      cache: The `FeatureTransformationCache` of the features.
      state: A `StateManager`, which gets the column's tables.

    Returns:
      None unless the column is of one of TensorFlow's own types and its features
      have one value an example.
    """
    known = self._ids.get(id(column))
    if known is None:
      read = _READERS.get(type(column)) if self._is_plain else None
      known = column, read(self, column, cache, state) if read else None
      self._ids[id(column)] = known
    return known[1]

  def vector(self, key: str) -> tf.Tensor | None:
    """A feature as `[batch_size]`, or None if it is anything else."""
    if key not in self._vectors:
      self._vectors[key] = _as_vector(self._features.get(key))
    return self._vectors[key]

  def part_of_crosses(self, key: str) -> crosses.Part | None:
    """A feature as a part of crosses, or None if `vector` has none."""
    if key not in self._parts:
      vector = self.vector(key)
      if vector is None or vector.dtype not in _MISSING:
        return None
      self._parts[key] = crosses.Part(vector)
    return self._parts[key]

  def in_place_of_sparse(self, key: str, values: tf.Tensor) -> tf.SparseTensor:
    """The vector of a feature as the values of a sparse tensor, without places.

    A column transforms the values of a sparse tensor and hands on the places as
    they are.
    """
    if key not in self._sparse:
      size = values.shape.as_list()[0] or 0
      self._sparse[key] = tf.SparseTensor(
        tf.zeros([size, 2], tf.int64), values, tf.constant([size, 1], tf.int64)
      )
    return self._sparse[key]


def _as_vector(value: Any) -> tf.Tensor | None:
  if not isinstance(value, tf.Tensor) or value.shape.rank is None:
    return None
  shape = value.shape.as_list()
  if len(shape) == 1:
    return value
  if len(shape) == 2 and shape[1] == 1:
    return tf.squeeze(value, [1])
  return None


def _transformed(
  reader_: Reader, column: Any, cache: Any, state: Any
) -> Ids | None:
  """Ids that the column computes value by value."""
  del cache  # It would make the feature sparse.
  values = reader_.vector(column.key)
  if values is None or values.dtype not in _MISSING:
    return None
  dtype = getattr(column, 'dtype', tf.int64)
  if dtype.is_integer != values.dtype.is_integer:
    return None  # The column refuses it in its own words.
  missing = tf.constant(_MISSING[values.dtype], values.dtype)
  present = tf.not_equal(values, missing)
  sparse = reader_.in_place_of_sparse(column.key, values)
  transformed = _tf.FeatureTransformationCache({column.key: sparse})
  ids = tf.cast(transformed.get(column, state).values, tf.int64)
  ids = tf.where(present, ids, tf.constant(_NO_ID, tf.int64))
  return Ids(ids, present, tf.greater_equal(ids, 0))


def _bucketized(
  reader_: Reader, column: Any, cache: Any, state: Any
) -> Ids | None:
  source = column.source_column
  if type(source) is not _tf.NumericColumn or tuple(source.shape) != (1,):
    return None
  if reader_.vector(source.key) is None:
    return None
  buckets = cache.get(column, state)
  if buckets.shape.rank != 2 or buckets.shape.as_list()[1] != 1:
    return None  # normalizer_fn made something else of it
  return Ids(tf.cast(tf.squeeze(buckets, [1]), tf.int64))


def _crossed(
  reader_: Reader, column: Any, cache: Any, state: Any
) -> Ids | None:
  numbers, words = [], []
  present = None
  for key in _leaves(column):
    if isinstance(key, str):
      part = reader_.part_of_crosses(key)
      if part is None:
        return None
      words.append(part)  # An empty word is a word here.
      continue
    ids = reader_.ids(key, cache, state)
    if ids is None:
      return None
    numbers.append(ids.part_of_crosses)
    if ids.present is not None:
      present = ids.present if present is None else present & ids.present
  # SparseCross takes sparse inputs before dense ones.
  values = crosses.hashed(
    [*numbers, *words], column.hash_bucket_size, column.hash_key
  )
  if present is not None:
    values = tf.where(present, values, tf.constant(_NO_ID, tf.int64))
  return Ids(values, present, valid=present)


def _leaves(column: Any) -> Iterator[Any]:
  """What a cross is made of, crosses among it taken apart."""
  for key in column.keys:
    if isinstance(key, _tf.CrossedColumn):
      yield from _leaves(key)
    else:
      yield key


# Exact types: what a user derives from them may do anything.
_READERS = {
  _tf.HashedCategoricalColumn: _transformed,
  _tf.VocabularyFileCategoricalColumn: _transformed,
  _tf.VocabularyListCategoricalColumn: _transformed,
  _tf.IdentityCategoricalColumn: _transformed,
  _tf.BucketizedColumn: _bucketized,
  _tf.CrossedColumn: _crossed,
}
