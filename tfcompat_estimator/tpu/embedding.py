"""Holds the settings of embeddings that live on TPUs."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator import _tf
from tfcompat_estimator.tpu import (
  optimization_parameters as optimization_parameters_lib,
)

v1 = tf.compat.v1

_Fields = collections.namedtuple(
  'EmbeddingConfigSpec',
  (
    'feature_columns tensor_core_feature_columns optimization_parameters '
    'clipping_limit pipeline_execution_with_tensor_core '
    'experimental_gradient_multiplier_fn feature_to_config_dict '
    'table_to_config_dict partition_strategy profile_data_directory'
  ),
)


class EmbeddingConfigSpec(_Fields):
  """Which embeddings a TPU would hold, and how it would train them.

  Without a TPU the columns work as those of any feature layer, and this has no
  effect on training.
  """

  __slots__ = ()

  def __new__(
    cls,
    feature_columns=None,
    optimization_parameters=None,
    clipping_limit=None,
    pipeline_execution_with_tensor_core=False,
    experimental_gradient_multiplier_fn=None,
    feature_to_config_dict=None,
    table_to_config_dict=None,
    partition_strategy='div',
    profile_data_directory=None,
  ):
    """Checks and holds the settings.

    Args:
      feature_columns: A list of columns from `tf.compat.v1.tpu.experimental.
        embedding_column` and `shared_embedding_columns`, and numeric columns.
      optimization_parameters: An object such as `tf.compat.v1.tpu.experimental.
        AdagradParameters` or `tf.tpu.experimental.embedding.Adagrad`.
      clipping_limit: The absolute value to which gradients are clipped; None:
        none.
      pipeline_execution_with_tensor_core: Look up while the core computes.
      experimental_gradient_multiplier_fn: A function of the global step.
      feature_to_config_dict: In place of columns, a dict from features to their
        configs, which name a table by `table_id`.
      table_to_config_dict: A dict from tables to their configs.
      partition_strategy: `'div'` or `'mod'`.
      profile_data_directory: Where profiles of the tables' use are.

    Raises:
      ValueError: There are not either columns or both dicts, or a value is out
        of range.
      TypeError: A column or config is of the wrong type.
    """
    dicts = (feature_to_config_dict, table_to_config_dict)
    if bool(feature_columns) == any(dicts) or any(dicts) != all(dicts):
      raise ValueError(
        'Exactly one of `feature_columns` and the pair `feature_to_config_dict` '
        'and `table_to_config_dict` must be be specified.'
      )
    if partition_strategy not in ('div', 'mod'):
      raise ValueError(
        f'Invalid partition_strategy {partition_strategy}. Must be one of "mod" '
        'or "div".'
      )
    tensor_core_columns = None
    if feature_columns:
      _check_columns(feature_columns)
      _check_optimizer(optimization_parameters)
      tensor_core_columns = [
        c for c in feature_columns if _lives_on_tensor_core(c)
      ]
      feature_columns = [
        c for c in feature_columns if not _lives_on_tensor_core(c)
      ]
    else:
      _check_configs(feature_to_config_dict, table_to_config_dict)
    return super().__new__(
      cls,
      feature_columns,
      tensor_core_columns,
      optimization_parameters,
      clipping_limit,
      pipeline_execution_with_tensor_core,
      experimental_gradient_multiplier_fn,
      feature_to_config_dict,
      table_to_config_dict,
      partition_strategy,
      profile_data_directory,
    )


def _lives_on_tensor_core(column: Any) -> bool:
  return getattr(column, '_embedding_lookup_device', None) == 'tpu_tensor_core'


def _check_columns(columns: Sequence[Any]) -> None:
  supported = (_tf.NumericColumn, _tf.TPUBaseEmbeddingColumn)
  for column in columns:
    if not isinstance(column, supported):
      raise TypeError(
        f'All feature columns must be supported types in {supported}. Got '
        f'{type(column)}. Make it by tf.compat.v1.tpu.experimental.'
        'embedding_column.'
      )


def _check_optimizer(parameters: Any) -> None:
  supported = (
    optimization_parameters_lib.OptimizationParameters,
    tf.tpu.experimental.embedding.Adagrad.__base__,  # private, of all of them
  )
  if not isinstance(parameters, supported):
    raise ValueError(
      'optimization_parameters must be an instance of type '
      f'{supported}. Got {type(parameters)}.'
    )


def _check_configs(
  features: Mapping[str, Any], tables: Mapping[str, Any]
) -> None:
  for name, config in features.items():
    if not hasattr(config, 'table_id'):
      raise TypeError(
        f'Config for feature {name} must be of type `FeatureConfig`. Got '
        f'{type(config)}.'
      )
    if config.table_id not in tables:
      raise ValueError(
        f'Feature {name} refers to table {config.table_id} which is not in the '
        'table_to_config_dict.'
      )
  for name, config in tables.items():
    if not hasattr(config, 'vocabulary_size'):
      raise TypeError(
        f'Config for table {name} must be of type `TableConfig`. Got '
        f'{type(config)}.'
      )
