"""Makes parsing specs of feature columns, labels and weights.

The results go to `tf.io.parse_example` and to
`build_parsing_serving_input_receiver_fn`.
"""

from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.records import argument_docs

v1 = tf.compat.v1

_described = argument_docs.shared(
  {
    'feature_columns': 'An iterable of feature columns.',
    'label_key': 'The name of the label in examples.',
    'label_default': (
      'The label of examples without one. Default: None, they are refused.'
    ),
    'label_dimension': 'The number of values of a label. Default: 1.',
    'weight_column': (
      'The name of the weight in examples, or a numeric column. Default: None, '
      'there is none.'
    ),
    'Returns': (
      'A dict of names to `FixedLenFeature`, `VarLenFeature` and their kin.'
    ),
    'Raises': (
      'ValueError: If something in `feature_columns` is no feature column, the '
      'label or the weight is also a feature, or `weight_column` is of the wrong '
      'type.'
    ),
  }
)


@_described
def classifier_parse_example_spec_v2(
  feature_columns,
  label_key,
  label_dtype=tf.int64,
  label_default=None,
  weight_column=None,
):
  """Makes the parsing spec of a classifier's examples.

      spec = tf.estimator.classifier_parse_example_spec(
        feature_columns=columns, label_key='label', label_dtype=tf.string)
      parsed = tf.io.parse_example(serialized, spec)
      labels = parsed.pop('label')

  Args:
    label_dtype: The type of labels: an integer, or `tf.string` for a classifier
      with a `label_vocabulary`. Default: `tf.int64`.
  """
  spec = tf.feature_column.make_parse_example_spec(feature_columns)
  label = tf.io.FixedLenFeature((1,), label_dtype, label_default)
  return _with_label_and_weight(spec, label_key, label, weight_column)


@_described
def regressor_parse_example_spec_v2(
  feature_columns,
  label_key,
  label_dtype=tf.float32,
  label_default=None,
  label_dimension=1,
  weight_column=None,
):
  """Makes the parsing spec of a regressor's examples.

  Args:
    label_dtype: The type of labels. Default: `tf.float32`.
    label_default: The label of examples without one: a value, or one for each
      of the label's dimensions. Default: None, they are refused.
  """
  spec = tf.feature_column.make_parse_example_spec(feature_columns)
  label = tf.io.FixedLenFeature((label_dimension,), label_dtype, label_default)
  return _with_label_and_weight(spec, label_key, label, weight_column)


@_described
def classifier_parse_example_spec(
  feature_columns,
  label_key,
  label_dtype=tf.int64,
  label_default=None,
  weight_column=None,
):
  """Makes the parsing spec of a classifier's examples.

  As `tf.estimator.classifier_parse_example_spec`, and it takes feature columns
  of the old kind too, such as those of `shared_embedding_columns`.

  Args:
    label_dtype: The type of labels. Default: `tf.int64`.
  """
  spec = v1.feature_column.make_parse_example_spec(feature_columns)
  label = tf.io.FixedLenFeature((1,), label_dtype, label_default)
  return _with_label_and_weight(spec, label_key, label, weight_column)


@_described
def regressor_parse_example_spec(
  feature_columns,
  label_key,
  label_dtype=tf.float32,
  label_default=None,
  label_dimension=1,
  weight_column=None,
):
  """Makes the parsing spec of a regressor's examples.

  As `tf.estimator.regressor_parse_example_spec`, and it takes feature columns
  of the old kind too, such as those of `shared_embedding_columns`.

  Args:
    label_dtype: The type of labels. Default: `tf.float32`.
  """
  spec = v1.feature_column.make_parse_example_spec(feature_columns)
  label = tf.io.FixedLenFeature((label_dimension,), label_dtype, label_default)
  return _with_label_and_weight(spec, label_key, label, weight_column)


def _with_label_and_weight(
  spec: dict[Any, Any],
  label_key: Any,
  label: tf.io.FixedLenFeature,
  weight_column: Any,
) -> dict[Any, Any]:
  """Adds to the spec of features, and checks that names differ."""
  if label_key in spec:
    raise ValueError(
      f'label should not be used as feature. label_key: {label_key}, features: '
      f'{spec.keys()}. Drop the column of that name from feature_columns.'
    )
  spec[label_key] = label
  if weight_column is None:
    return spec
  if isinstance(weight_column, str):
    weight_column = tf.feature_column.numeric_column(weight_column)
  if not isinstance(weight_column, _tf.NumericColumn):
    raise ValueError(
      'weight_column should be an instance of tf.feature_column.numeric_column. '
      f'Given type: {type(weight_column)} value: {weight_column}. Or give the '
      "feature's name."
    )
  if weight_column.key in spec:
    raise ValueError(
      'weight_column should not be used as feature. weight_column: '
      f'{weight_column.key}, features: {spec.keys()}. Use another name.'
    )
  spec.update(weight_column.parse_example_spec)
  return spec
