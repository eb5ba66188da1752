"""Gives old model functions of canned Estimators the arguments that they had.

Programs with a model function of their own call them for parts of their work.
"""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import (
  baseline,
  dnn,
  dnn_linear_combined,
  linear,
)

_MEAN = 'sum_over_batch_size'


def _specified(
  make: Callable[..., Any], features: Any, labels: Any, mode: str, **given: Any
) -> Any:
  """What the model function of a canned Estimator returns."""
  config = given.get('config')
  return make(**given).model_fn(features, labels, mode, config)


def baseline_model_fn(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  optimizer: Any,
  weight_column: Any = None,
  config: Any = None,
) -> Any:
  """The model function of the v1 baseline."""
  del weight_column  # the head knows it
  return _specified(
    baseline.BaselineEstimator,
    features,
    labels,
    mode,
    head=head,
    optimizer=optimizer,
    config=config,
  )


def baseline_model_fn_v2(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  optimizer: Any,
  weight_column: Any = None,
  config: Any = None,
  loss_reduction: str = _MEAN,
) -> Any:
  """The model function of the v2 baseline."""
  del weight_column, loss_reduction  # the head knows them
  return _specified(
    baseline.BaselineEstimatorV2,
    features,
    labels,
    mode,
    head=head,
    optimizer=optimizer,
    config=config,
  )


def dnn_model_fn(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  hidden_units: Sequence[int],
  feature_columns: Any,
  optimizer: Any = 'Adagrad',
  activation_fn: Any = tf.nn.relu,
  dropout: float | None = None,
  input_layer_partitioner: Any = None,
  config: Any = None,
  use_tpu: bool = False,
  batch_norm: bool = False,
) -> Any:
  """The model function of the v1 deep networks."""
  del use_tpu
  return _specified(
    dnn.DNNEstimator,
    features,
    labels,
    mode,
    head=head,
    hidden_units=hidden_units,
    feature_columns=feature_columns,
    optimizer=optimizer,
    activation_fn=activation_fn,
    dropout=dropout,
    input_layer_partitioner=input_layer_partitioner,
    config=config,
    batch_norm=batch_norm,
  )


def dnn_model_fn_v2(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  hidden_units: Sequence[int],
  feature_columns: Any,
  optimizer: Any = 'Adagrad',
  activation_fn: Any = tf.nn.relu,
  dropout: float | None = None,
  config: Any = None,
  use_tpu: bool = False,
  batch_norm: bool = False,
) -> Any:
  """The model function of the v2 deep networks."""
  del use_tpu
  return _specified(
    dnn.DNNEstimatorV2,
    features,
    labels,
    mode,
    head=head,
    hidden_units=hidden_units,
    feature_columns=feature_columns,
    optimizer=optimizer,
    activation_fn=activation_fn,
    dropout=dropout,
    config=config,
    batch_norm=batch_norm,
  )


def linear_model_fn(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  feature_columns: Any,
  optimizer: Any,
  partitioner: Any,
  config: Any,
  sparse_combiner: str = 'sum',
) -> Any:
  """The model function of the v1 linear models."""
  return _specified(
    linear.LinearEstimator,
    features,
    labels,
    mode,
    head=head,
    feature_columns=feature_columns,
    optimizer=optimizer,
    partitioner=partitioner,
    config=config,
    sparse_combiner=sparse_combiner,
  )


def linear_model_fn_v2(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  feature_columns: Any,
  optimizer: Any,
  config: Any,
  sparse_combiner: str = 'sum',
) -> Any:
  """The model function of the v2 linear models."""
  return _specified(
    linear.LinearEstimatorV2,
    features,
    labels,
    mode,
    head=head,
    feature_columns=feature_columns,
    optimizer=optimizer,
    config=config,
    sparse_combiner=sparse_combiner,
  )


def combined_model_fn(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  linear_feature_columns: Any = None,
  linear_optimizer: Any = 'Ftrl',
  dnn_feature_columns: Any = None,
  dnn_optimizer: Any = 'Adagrad',
  dnn_hidden_units: Sequence[int] | None = None,
  dnn_activation_fn: Any = tf.nn.relu,
  dnn_dropout: float | None = None,
  input_layer_partitioner: Any = None,
  config: Any = None,
  batch_norm: bool = False,
  linear_sparse_combiner: str = 'sum',
) -> Any:
  """The model function of the v1 wide and deep models."""
  return _specified(
    dnn_linear_combined.DNNLinearCombinedEstimator,
    features,
    labels,
    mode,
    head=head,
    linear_feature_columns=linear_feature_columns,
    linear_optimizer=linear_optimizer,
    dnn_feature_columns=dnn_feature_columns,
    dnn_optimizer=dnn_optimizer,
    dnn_hidden_units=dnn_hidden_units,
    dnn_activation_fn=dnn_activation_fn,
    dnn_dropout=dnn_dropout,
    input_layer_partitioner=input_layer_partitioner,
    config=config,
    batch_norm=batch_norm,
    linear_sparse_combiner=linear_sparse_combiner,
  )


def combined_model_fn_v2(
  features: Any,
  labels: Any,
  mode: str,
  head: Any,
  linear_feature_columns: Any = None,
  linear_optimizer: Any = 'Ftrl',
  dnn_feature_columns: Any = None,
  dnn_optimizer: Any = 'Adagrad',
  dnn_hidden_units: Sequence[int] | None = None,
  dnn_activation_fn: Any = tf.nn.relu,
  dnn_dropout: float | None = None,
  config: Any = None,
  batch_norm: bool = False,
  linear_sparse_combiner: str = 'sum',
  loss_reduction: str = _MEAN,
) -> Any:
  """The model function of the v2 wide and deep models."""
  del loss_reduction  # the head knows it
  return _specified(
    dnn_linear_combined.DNNLinearCombinedEstimatorV2,
    features,
    labels,
    mode,
    head=head,
    linear_feature_columns=linear_feature_columns,
    linear_optimizer=linear_optimizer,
    dnn_feature_columns=dnn_feature_columns,
    dnn_optimizer=dnn_optimizer,
    dnn_hidden_units=dnn_hidden_units,
    dnn_activation_fn=dnn_activation_fn,
    dnn_dropout=dnn_dropout,
    config=config,
    batch_norm=batch_norm,
    linear_sparse_combiner=linear_sparse_combiner,
  )
