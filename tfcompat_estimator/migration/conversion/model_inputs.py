"""Makes the inputs of Keras models from feature columns, and fits features."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf
import tf_keras

from tfcompat_estimator import _tf
from tfcompat_estimator.canned.networks import column_variables

v1 = tf.compat.v1


def read_by(columns: Iterable[Any]) -> dict[str, Any]:
  """How each feature that columns read is parsed, by name.

  Raises:
    ValueError: Two columns read a feature in different ways.
  """
  columns = list(columns)
  library = tf if column_variables.are_v2(columns) else v1
  parsed = library.feature_column.make_parse_example_spec(columns)
  return {name: parsed[name] for name in sorted(parsed)}


def placeholders(columns: Sequence[Any]) -> dict[str, Any]:
  """The inputs of a functional model of tf_keras that columns read, by name.

  A feature of which an example may have any number is `[batch, None]`.

  Raises:
    ValueError: Two columns read a feature in different ways.
  """
  # These insist on a sparse tensor, while others take either.
  sparse = {
    column.key
    for column in columns
    if isinstance(column, _tf.SequenceDenseColumn) and hasattr(column, 'key')
  }
  made = {}
  for name, spec in read_by(columns).items():
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
    ValueError: A feature is missing, or features are no dict.
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
  return {name: _fit(features[name]) for name in wanted}


def _fit(value: Any) -> Any:
  if isinstance(value, tf.RaggedTensor):
    return value.to_sparse()
  if isinstance(value, tf.SparseTensor) or not hasattr(value, 'shape'):
    return value
  return tf.expand_dims(value, -1) if value.shape.rank == 1 else value
