"""Classifies and regresses by a linear model and a deep network together."""

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import constructors, dnn, docs, linear, model_fns
from tfcompat_estimator.canned.networks import families
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.loop import model_fn_call

V2 = families.V2

DNN_LEARNING_RATE = 0.001
LINEAR_LEARNING_RATE = 0.005


def _model_fn(
  family: families.Family,
  head: Any,
  linear_feature_columns: Any,
  dnn_feature_columns: Any,
  dnn_hidden_units: Any,
  linear_optimizer: Any,
  dnn_optimizer: Any,
  linear_sparse_combiner: str,
  dnn_activation_fn: Any,
  dnn_dropout: float | None,
  batch_norm: bool,
  input_layer_partitioner: Callable[..., Any] | None = None,
) -> Any:
  """A model function of the towers that have feature columns."""
  linear_columns = family.check_columns(linear_feature_columns) or []
  dnn_columns = family.check_columns(dnn_feature_columns) or []
  if not linear_columns and not dnn_columns:
    raise ValueError(
      'Either linear_feature_columns or dnn_feature_columns must be defined. '
      'Both are empty.'
    )
  towers = []
  if dnn_columns:
    tower = dnn.tower(
      family,
      dnn_optimizer,
      feature_columns=dnn_columns,
      hidden_units=dnn_hidden_units,
      activation_fn=dnn_activation_fn,
      dropout=dnn_dropout,
      batch_norm=batch_norm,
      input_layer_partitioner=input_layer_partitioner,
    )
    towers.append(dataclasses.replace(tower, learning_rate=DNN_LEARNING_RATE))
  if linear_columns:
    tower = linear.tower(
      family,
      linear_columns,
      linear_optimizer,
      linear_sparse_combiner,
      partitioner=input_layer_partitioner,
    )
    towers.append(
      dataclasses.replace(tower, learning_rate=LINEAR_LEARNING_RATE)
    )
  combined = model_fns.combined(family, head, towers)

  def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
    if dnn_columns and not dnn_hidden_units:
      raise ValueError(
        'dnn_hidden_units must be defined when dnn_feature_columns is '
        f'specified. Given: {dnn_hidden_units}. Give the sizes of its layers.'
      )
    return combined(features, labels, mode, config)

  return model_fn_call.with_origin(model_fn, model_fn_call.origin_of(combined))


_arguments = functools.partial(constructors.construct, _model_fn)
_v1_form = functools.partial(constructors.v1_form, _arguments)


@docs.describe('v2')
class DNNLinearCombinedClassifierV2(base_estimator.EstimatorV2):
  """A classifier of a linear model and a deep network, trained jointly.

  Its logits are the sum of both. The linear one memorizes which ids and
  crosses of ids mean what, the deep one generalizes over embeddings ("wide and
  deep"). Each has an optimizer of its own; either may be left out.

      city = tf.feature_column.categorical_column_with_hash_bucket('city', 1000)
      estimator = tf.estimator.DNNLinearCombinedClassifier(
        linear_feature_columns=[city],
        dnn_feature_columns=[
          tf.feature_column.embedding_column(city, 8),
          tf.feature_column.numeric_column('age')],
        dnn_hidden_units=[64, 32])
      estimator.train(input_fn)

  `input_fn` gives features as a dict in which each column, and
  `weight_column` if there is one, finds what it asks for by name, and labels
  `[batch_size, 1]`.
  """

  def __init__(
    self,
    model_dir=None,
    linear_feature_columns=None,
    linear_optimizer='Ftrl',
    dnn_feature_columns=None,
    dnn_optimizer='Adagrad',
    dnn_hidden_units=None,
    dnn_activation_fn=tf.nn.relu,
    dnn_dropout=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    batch_norm=False,
    linear_sparse_combiner='sum',
  ):
    super().__init__(**_arguments(V2, 'classifier', locals()))


@docs.describe('v1')
@_v1_form(
  DNNLinearCombinedClassifierV2, 'classifier', 'input_layer_partitioner'
)
class DNNLinearCombinedClassifier(base_estimator.Estimator):
  """A classifier of a linear model and a deep network, trained jointly."""


@docs.describe('v2')
class DNNLinearCombinedEstimatorV2(base_estimator.EstimatorV2):
  """A linear model and a deep network, trained jointly, with any head.

  `head` says what the logits predict:

      estimator = tf.estimator.DNNLinearCombinedEstimator(
        head=tf.estimator.MultiLabelHead(n_classes=3),
        linear_feature_columns=linear_columns,
        dnn_feature_columns=dnn_columns,
        dnn_hidden_units=[64, 32])
  """

  def __init__(
    self,
    head,
    model_dir=None,
    linear_feature_columns=None,
    linear_optimizer='Ftrl',
    dnn_feature_columns=None,
    dnn_optimizer='Adagrad',
    dnn_hidden_units=None,
    dnn_activation_fn=tf.nn.relu,
    dnn_dropout=None,
    config=None,
    batch_norm=False,
    linear_sparse_combiner='sum',
  ):
    super().__init__(**_arguments(V2, 'estimator', locals()))


@docs.describe('v1')
@_v1_form(DNNLinearCombinedEstimatorV2, 'estimator', 'input_layer_partitioner')
class DNNLinearCombinedEstimator(base_estimator.Estimator):
  """A linear model and a deep network, trained jointly, with any head."""


@docs.describe('v2')
class DNNLinearCombinedRegressorV2(base_estimator.EstimatorV2):
  """A regressor of a linear model and a deep network, trained jointly.

  Its prediction is the sum of both, its loss the squared error.

      estimator = tf.estimator.DNNLinearCombinedRegressor(
        linear_feature_columns=linear_columns,
        dnn_feature_columns=dnn_columns,
        dnn_hidden_units=[64, 32])

  Labels are numbers `[batch_size, label_dimension]`.
  """

  def __init__(
    self,
    model_dir=None,
    linear_feature_columns=None,
    linear_optimizer='Ftrl',
    dnn_feature_columns=None,
    dnn_optimizer='Adagrad',
    dnn_hidden_units=None,
    dnn_activation_fn=tf.nn.relu,
    dnn_dropout=None,
    label_dimension=1,
    weight_column=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    batch_norm=False,
    linear_sparse_combiner='sum',
  ):
    super().__init__(**_arguments(V2, 'regressor', locals()))


@docs.describe('v1')
@_v1_form(DNNLinearCombinedRegressorV2, 'regressor', 'input_layer_partitioner')
class DNNLinearCombinedRegressor(base_estimator.Estimator):
  """A regressor of a linear model and a deep network, trained jointly."""
