"""Makes the inputs of Keras models from feature columns, and fits features."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.canned.networks import column_variables

v1 = tf.compat.v1


def read_by(
  columns: Iterable[Any], dtypes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
  """How each feature that columns read is parsed, by name.

  A cross takes strings or integers of a feature that it names, and does not say
  which. Another column that reads the feature may.

  Args:
    columns: The columns.
    dtypes: Dtypes of features that only crosses read; of others: strings.

  Raises:
    ValueError: Two columns read a feature in different ways, or a name in
      `dtypes` is of no such feature.
  """
  columns = list(columns)
  library = tf if column_variables.are_v2(columns) else v1
  parsed: dict[str, Any] = {}
  crossed: dict[str, Any] = {}
  for column in columns:
    names = named_by_crosses(column)
    found = library.feature_column.make_parse_example_spec([column])
    for name, spec in found.items():
      if name in names:
        crossed[name] = spec
      elif parsed.setdefault(name, spec) != spec:
        raise ValueError(
          f'Columns read the feature {name!r} in different ways: {spec} and '
          f'{parsed[name]}.'
        )
  unsaid = {k: v.dtype for k, v in crossed.items() if k not in parsed}
  _check_names(dtypes, unsaid)
  for name, dtype in {**unsaid, **(dtypes or {})}.items():
    parsed[name] = tf.io.VarLenFeature(tf.as_dtype(dtype))
  return {name: parsed[name] for name in sorted(parsed)}


def _check_names(
  dtypes: Mapping[str, Any] | None, unsaid: Mapping[str, Any]
) -> None:
  other = sorted(set(dtypes or ()) - set(unsaid))
  if other:
    raise ValueError(
      f'feature_dtypes: of {other} the columns say the dtype, or do not read '
      f'them. They do not say that of {sorted(unsaid)}.'
    )


def named_by_crosses(column: Any) -> set[str]:
  """The features that crosses in a column read by their names."""
  parents = getattr(column, 'parents', ())
  names = set()
  if type(column).__name__ == 'CrossedColumn':
    names = {parent for parent in parents if isinstance(parent, str)}
  return names.union(
    *(named_by_crosses(p) for p in parents if not isinstance(p, str))
  )


def placeholders(
  columns: Sequence[Any], dtypes: Mapping[str, Any] | None = None
) -> dict[str, Any]:
  """The inputs of a functional model of tf_keras that columns read, by name.

  A feature of which an example may have any number is `[batch, None]`.

  Raises:
    ValueError: As `read_by`.
  """
  # These insist on a sparse tensor, while others take either.
  sparse = {
    column.key
    for column in columns
    if isinstance(column, _tf.SequenceDenseColumn) and hasattr(column, 'key')
  }
  made = {}
  for name, spec in read_by(columns, dtypes).items():
    is_fixed = isinstance(spec, tf.io.FixedLenFeature)
    made[name] = tf_keras.Input(
      spec.shape if is_fixed else [None],
      dtype=spec.dtype,
      name=name,
      sparse=name in sparse,
    )
  return made


def fit(features: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
  """Of the features, those that are wanted, as a functional model takes them.

  As feature columns do it: ragged tensors become sparse ones, and what has one
  axis gets another.

  Args:
    features: Dict of names to tensors.
    wanted: The inputs of the model, by name.

  Raises:
    ValueError: A feature is missing, or is of integers where strings are
      wanted, or features are no dict.
  """
  if not isinstance(features, Mapping):
    raise ValueError(
      f'features ({type(features).__name__}) must be a dict of names to '
      'tensors, as input_fn gives them.'
    )
  missing = sorted(set(wanted) - set(features))
  if missing:
    raise ValueError(
      f'Features {missing} are missing. Given: {sorted(features)}.'
    )
  return {
    name: _fit(name, features[name], tensor.dtype)
    for name, tensor in wanted.items()
  }


def _fit(name: str, value: Any, dtype: Any) -> Any:
  given = tf.as_dtype(getattr(value, 'dtype', tf.string))
  if dtype == tf.string and given.is_integer:
    raise ValueError(
      f'features[{name!r}] is of {given.name}, and the model reads strings. If it is '
      'a cross that reads it: to_keras(estimator, feature_dtypes='
      f'{{{name!r}: tf.int64}}).'
    )
  if isinstance(value, tf.RaggedTensor):
    return value.to_sparse()
  if isinstance(value, tf.SparseTensor) or not hasattr(value, 'shape'):
    return value
  return tf.expand_dims(value, -1) if value.shape.rank == 1 else value
