"""Checks the settings of embeddings on TPUs."""

import types

import pytest
import tensorflow as tf

from tests import refusals
from tfcompat_estimator.tpu import embedding

OPTIMIZER = tf.tpu.experimental.embedding.Adagrad(0.1)
FEATURE = types.SimpleNamespace(table_id='t')
TABLE = types.SimpleNamespace(vocabulary_size=3, dimension=2)


def identity():
  return tf.feature_column.categorical_column_with_identity('a', 3)


def column():
  return tf.compat.v1.tpu.experimental.embedding_column(identity(), 2)


def configs(features, tables):
  return {'feature_to_config_dict': features, 'table_to_config_dict': tables}


def test_columns():
  """Columns for TPUs are held, with defaults."""
  columns = [column(), tf.feature_column.numeric_column('n')]
  made = embedding.EmbeddingConfigSpec(columns, OPTIMIZER)

  assert made.feature_columns == columns
  assert made.tensor_core_feature_columns == []
  assert made.partition_strategy == 'div'


def test_configs():
  """Features and tables may be described by dicts instead."""
  made = embedding.EmbeddingConfigSpec(
    feature_to_config_dict={'a': FEATURE}, table_to_config_dict={'t': TABLE}
  )

  assert made.table_to_config_dict == {'t': TABLE}
  assert made.feature_columns is None


_EITHER = 'Exactly one of `feature_columns` and the pair'
ERRORS = {
  'nothing': (dict, ValueError, _EITHER),
  'both': (
    lambda: {
      'feature_columns': [column()],
      'feature_to_config_dict': {'a': FEATURE},
      'table_to_config_dict': {'t': TABLE},
    },
    ValueError,
    _EITHER,
  ),
  'one dict': (
    lambda: {'feature_to_config_dict': {'a': FEATURE}},
    ValueError,
    _EITHER,
  ),
  'strategy': (
    lambda: {'feature_columns': [column()], 'partition_strategy': 'x'},
    ValueError,
    'Invalid partition_strategy x',
  ),
  'kind of column': (
    lambda: {'feature_columns': [identity()]},
    TypeError,
    'All feature columns must be supported types',
  ),
  'optimizer': (
    lambda: {'feature_columns': [column()], 'optimization_parameters': 3},
    ValueError,
    'optimization_parameters must be an instance of type',
  ),
  'feature': (
    lambda: configs({'a': 1}, {'t': TABLE}),
    TypeError,
    'Config for feature a must be of type `FeatureConfig`',
  ),
  'unknown table': (
    lambda: configs({'a': FEATURE}, {'u': TABLE}),
    ValueError,
    'Feature a refers to table t which is not in',
  ),
  'table': (
    lambda: configs({'a': FEATURE}, {'t': 1}),
    TypeError,
    'Config for table t must be of type `TableConfig`',
  ),
}


@refusals.each(ERRORS)
def test_bad_settings(arguments, error, message):
  """What is missing or of a wrong type is refused."""
  with pytest.raises(error, match=message):
    embedding.EmbeddingConfigSpec(**arguments())
