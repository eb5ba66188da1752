"""Checks the settings of embeddings on TPUs."""

import types

import pytest
import tensorflow as tf

from tfcompat_estimator.tpu import embedding

OPTIMIZER = tf.tpu.experimental.embedding.Adagrad(0.1)
FEATURE = types.SimpleNamespace(table_id='t')
TABLE = types.SimpleNamespace(vocabulary_size=3, dimension=2)


def identity():
  return tf.feature_column.categorical_column_with_identity('a', 3)


def column():
  return tf.compat.v1.tpu.experimental.embedding_column(identity(), 2)


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
    lambda: {
      'feature_to_config_dict': {'a': 1},
      'table_to_config_dict': {'t': TABLE},
    },
    TypeError,
    'Config for feature a must be of type `FeatureConfig`',
  ),
  'unknown table': (
    lambda: {
      'feature_to_config_dict': {'a': FEATURE},
      'table_to_config_dict': {'u': TABLE},
    },
    ValueError,
    'Feature a refers to table t which is not in',
  ),
  'table': (
    lambda: {
      'feature_to_config_dict': {'a': FEATURE},
      'table_to_config_dict': {'t': 1},
    },
    TypeError,
    'Config for table t must be of type `TableConfig`',
  ),
}


@pytest.mark.parametrize('case', ERRORS)
def test_bad_settings(case):
  """What is missing or of a wrong type is refused."""
  arguments, error, message = ERRORS[case]
  with pytest.raises(error, match=message):
    embedding.EmbeddingConfigSpec(**arguments())
