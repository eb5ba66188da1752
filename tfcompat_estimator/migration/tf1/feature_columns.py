"""The feature columns of `tf.contrib.layers`, as those of `tf.feature_column`.

They are marked as old ones: layers make other variables of these, in another
order (`column_layers.py`).
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfcompat_estimator import _tf

v1 = tf.compat.v1
fc = v1.feature_column


class Mark(NamedTuple):
  """What is known of an old column besides what it is today.

  Attributes:
    order: Layers take columns by this: the text that stood for them in 1.15, as
      far as it tells them apart.
    combiner: How weights of several ids become one.
  """

  order: str
  combiner: str = 'sum'


def mark_of(column: Any) -> Mark | None:
  """The mark of an old column; None of one of `tf.feature_column`."""
  mark: Mark | None = getattr(column, '_tfcompat_mark', None)
  return mark


def _marked(column: Any, kind: str, below: Any, combiner: str = 'sum') -> Any:
  """Marks a column.

  Args:
    column: Of `tf.feature_column`.
    kind: The name that its class had.
    below: The first value of its text: a name, a column or several.
    combiner: See `Mark`.
  """
  column._tfcompat_mark = Mark(f'_{kind}({_text(below)}', combiner)  # noqa: SLF001
  return column


def _text(below: Any) -> str:
  if isinstance(below, str):
    return f'column_name={below!r}'
  if isinstance(below, list):
    return f'columns=({", ".join(_text(each) for each in below)}'
  mark = mark_of(below)
  return f'sparse_id_column={mark.order if mark else below.name}'


def real_valued_column(
  column_name: str,
  dimension: int | None = 1,
  default_value: Any = None,
  dtype: Any = tf.float32,
  normalizer: Any = None,
) -> Any:
  """`tf.feature_column.numeric_column`.

  Raises:
    ValueError: `dimension` is None: such columns ended with contrib.
  """
  if dimension is None:
    raise ValueError(
      '`dimension` (None) must be an int: give the number of values.'
    )
  column = fc.numeric_column(
    column_name, (dimension,), default_value, dtype, normalizer
  )
  return _marked(column, 'RealValuedColumn', column_name)


def infer_real_valued_columns(features: Any) -> list[Any]:
  """One `real_valued_column` for each feature, or for a tensor of all.

  Args:
    features: A tensor or array (batch, size), or a dict of them.

  Raises:
    ValueError: One is sparse, no number, or of an unknown size.
  """
  if isinstance(features, Mapping):
    named = [(name, features[name]) for name in sorted(features)]
  else:
    named = [('', features)]
  columns = []
  for name, value in named:
    dtype = tf.as_dtype(value.dtype)
    shape = tf.TensorShape(value.shape)
    if isinstance(value, tf.SparseTensor) or not (
      dtype.is_integer or dtype.is_floating
    ):
      raise ValueError(
        f'`features` ({name!r}: {value}) must be dense numbers, of which '
        'real-valued columns can be inferred.'
      )
    if shape.rank is None or shape.rank < 1:
      raise ValueError(
        f'`features` ({name!r}: {value}) must have a known rank of 1 or more.'
      )
    size = shape[1:].num_elements()
    if size is None:
      raise ValueError(
        f'`features` ({name!r}: {value}) must have known sizes but for the batch.'
      )
    columns.append(real_valued_column(name, size, dtype=dtype))
  return columns


def sparse_column_with_hash_bucket(
  column_name: str,
  hash_bucket_size: int,
  combiner: str = 'sum',
  dtype: Any = tf.string,
  hash_keys: Any = None,
) -> Any:
  """`tf.feature_column.categorical_column_with_hash_bucket`."""
  column = fc.categorical_column_with_hash_bucket(
    column_name, hash_bucket_size, dtype
  )
  return _marked(column, 'SparseColumnHashed', column_name, combiner)


def sparse_column_with_integerized_feature(
  column_name: str,
  bucket_size: int,
  combiner: str = 'sum',
  dtype: Any = tf.int64,
) -> Any:
  """`tf.feature_column.categorical_column_with_identity`."""
  column = fc.categorical_column_with_identity(column_name, bucket_size)
  return _marked(column, 'SparseColumnIntegerized', column_name, combiner)


def sparse_column_with_keys(
  column_name: str,
  keys: Any,
  default_value: int = -1,
  combiner: str = 'sum',
  dtype: Any = tf.string,
) -> Any:
  """`tf.feature_column.categorical_column_with_vocabulary_list`."""
  column = fc.categorical_column_with_vocabulary_list(
    column_name, keys, dtype, default_value
  )
  return _marked(column, 'SparseColumnKeys', column_name, combiner)


def sparse_column_with_vocabulary_file(
  column_name: str,
  vocabulary_file: str,
  num_oov_buckets: int = 0,
  vocab_size: int | None = None,
  default_value: int = -1,
  combiner: str = 'sum',
  dtype: Any = tf.string,
) -> Any:
  """`tf.feature_column.categorical_column_with_vocabulary_file`."""
  column = fc.categorical_column_with_vocabulary_file(
    column_name,
    vocabulary_file,
    vocab_size,
    num_oov_buckets,
    None if num_oov_buckets else default_value,
    dtype,
  )
  return _marked(column, 'SparseColumnVocabulary', column_name, combiner)


def bucketized_column(source_column: Any, boundaries: Any) -> Any:
  """`tf.feature_column.bucketized_column`."""
  column = fc.bucketized_column(source_column, boundaries)
  return _marked(column, 'BucketizedColumn', source_column)


def crossed_column(
  columns: Iterable[Any],
  hash_bucket_size: int,
  combiner: str = 'sum',
  ckpt_to_load_from: Any = None,
  tensor_name_in_ckpt: Any = None,
  hash_key: int | None = None,
) -> Any:
  """`tf.feature_column.crossed_column`; hashed columns cross by their keys."""
  columns = sorted(columns, key=lambda column: column.name)
  crossed = [
    column.key if isinstance(column, _tf.HashedCategoricalColumn) else column
    for column in columns
  ]
  column = fc.crossed_column(crossed, hash_bucket_size, hash_key)
  return _marked(column, 'CrossedColumn', list(columns), combiner)


def weighted_sparse_column(
  sparse_id_column: Any, weight_column_name: str, dtype: Any = tf.float32
) -> Any:
  """`tf.feature_column.weighted_categorical_column`."""
  column = fc.weighted_categorical_column(
    sparse_id_column, weight_column_name, dtype
  )
  mark = mark_of(sparse_id_column)
  return _marked(
    column,
    'WeightedSparseColumn',
    sparse_id_column,
    mark.combiner if mark else 'sum',
  )


def one_hot_column(sparse_id_column: Any) -> Any:
  """`tf.feature_column.indicator_column`."""
  column = fc.indicator_column(sparse_id_column)
  return _marked(column, 'OneHotColumn', sparse_id_column)


def embedding_column(
  sparse_id_column: Any,
  dimension: int,
  combiner: str = 'mean',
  initializer: Any = None,
  ckpt_to_load_from: str | None = None,
  tensor_name_in_ckpt: str | None = None,
  max_norm: float | None = None,
  trainable: bool = True,
) -> Any:
  """`tf.feature_column.embedding_column`.

  Values begin smaller, by the number of ids and not by `dimension`.
  """
  if initializer is None:
    deviation = 1 / math.sqrt(sparse_id_column.num_buckets)
    initializer = v1.truncated_normal_initializer(stddev=deviation)
  column = fc.embedding_column(
    sparse_id_column,
    dimension,
    combiner,
    initializer,
    ckpt_to_load_from,
    tensor_name_in_ckpt,
    max_norm,
    trainable,
  )
  return _marked(column, 'EmbeddingColumn', sparse_id_column)


def shared_embedding_columns(
  sparse_id_columns: Any,
  dimension: int,
  combiner: str = 'mean',
  shared_embedding_name: str | None = None,
  initializer: Any = None,
  ckpt_to_load_from: str | None = None,
  tensor_name_in_ckpt: str | None = None,
  max_norm: float | None = None,
  trainable: bool = True,
) -> Any:
  """`tf.feature_column.shared_embedding_columns`."""
  return fc.shared_embedding_columns(
    sparse_id_columns,
    dimension,
    combiner,
    initializer,
    shared_embedding_name,
    ckpt_to_load_from,
    tensor_name_in_ckpt,
    max_norm,
    trainable,
  )


def create_feature_spec_for_parsing(feature_columns: Any) -> dict[str, Any]:
  """`tf.feature_column.make_parse_example_spec`."""
  return fc.make_parse_example_spec(list(feature_columns))


def parse_feature_columns_from_examples(
  serialized: Any,
  feature_columns: Any,
  name: str | None = None,
  example_names: Any = None,
) -> dict[str, Any]:
  """Parses examples by the columns that read them."""
  return v1.io.parse_example(
    serialized,
    create_feature_spec_for_parsing(feature_columns),
    name,
    example_names,
  )


def sequence_input_layer(
  features: Mapping[str, Any],
  feature_columns: Iterable[Any],
  weight_collections: Any = None,
  trainable: bool = True,
) -> tuple[tf.Tensor, tf.Tensor]:
  """Makes one tensor of sequences, as `input_layer` does without.

  Args:
    features: What the columns read.
    feature_columns: Dense columns over sequences.
    weight_collections: Collections for the variables.
    trainable: Whether these are trained.

  Returns:
    Float (batch, steps, size), and the lengths, int64 (batch,).
  """
  columns = sorted(feature_columns, key=lambda column: column.name)
  if not columns:
    raise ValueError('feature_columns must not be empty.')
  collections = list(weight_collections or [])
  if v1.GraphKeys.GLOBAL_VARIABLES not in collections:
    collections.append(v1.GraphKeys.GLOBAL_VARIABLES)
  if v1.GraphKeys.MODEL_VARIABLES not in collections:
    collections.append(v1.GraphKeys.MODEL_VARIABLES)
  tensors, lengths = [], []
  with v1.variable_scope(None, 'sequence_input_layer', list(features.values())):
    builder = _tf.LazyBuilder(dict(features))
    for column in columns:
      if not isinstance(column, _tf.SequenceDenseColumn):
        raise ValueError(
          'All feature_columns must be of type _SequenceDenseColumn. '
          f'Given (type {type(column)}): {column}'
        )
      with v1.variable_scope(None, column._var_scope_name):  # noqa: SLF001
        tensor, length = column._get_sequence_dense_tensor(  # noqa: SLF001
          builder, collections, trainable
        )
        size = column.variable_shape.num_elements()
        shape = tf.shape(tensor)
        tensors.append(tf.reshape(tensor, [shape[0], shape[1], size]))
        lengths.append(length)
    checks = [v1.assert_equal(lengths[0], other) for other in lengths[1:]]
    with tf.control_dependencies([each for each in checks if each is not None]):
      return tf.concat(tensors, -1), tf.identity(lengths[0])
