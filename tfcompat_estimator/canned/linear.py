"""Classifies and regresses by linear models."""

import dataclasses
import functools
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import constructors, docs, model_fns
from tfcompat_estimator.canned.networks import families, linear_network
from tfcompat_estimator.canned.sdca import sdca_optimizer, sdca_training
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.heads import single

v1 = tf.compat.v1

V2 = families.V2

LinearSDCA = sdca_optimizer.LinearSDCA

LEARNING_RATE = 0.2


def tower(
  family: families.Family,
  feature_columns: Any,
  optimizer: Any,
  sparse_combiner: str,
  partitioner: Any = None,
) -> model_fns.Tower:
  """The linear model as a network with its optimizer."""
  return model_fns.Tower(
    name='linear',
    network=functools.partial(linear_network.build, family),
    optimizer=optimizer,
    learning_rate=LEARNING_RATE,
    partitioner=partitioner,
    has_name_scope=family.linear_has_name_scope,
    settings={
      'feature_columns': feature_columns,
      'sparse_combiner': sparse_combiner,
    },
  )


def _model_fn(
  family: families.Family,
  head: Any,
  feature_columns: Any,
  optimizer: Any,
  sparse_combiner: str,
  partitioner: Any = None,
) -> Any:
  feature_columns = family.check_columns(feature_columns)
  model = tower(
    family,
    feature_columns,
    optimizer,
    sparse_combiner,
    partitioner=partitioner,
  )
  if sdca_training.is_sdca(optimizer):
    train_step = sdca_training.train_step(optimizer, head, sparse_combiner)
    model = dataclasses.replace(model, train_step=train_step)
    if family.sdca_repeats_scope and isinstance(head, single.SingleHead):
      network = _in_second_scope(model.network)
      model = dataclasses.replace(model, network=network)
  return model_fns.single(family, head, model)


def _in_second_scope(build: Any) -> Any:
  """The same model, its variables in the scope `linear` once more."""

  def build_in_scope(units: int, **settings: Any) -> Any:
    network = build(units, **settings)

    def call(features: Any, mode: str) -> Any:
      with v1.variable_scope('linear', auxiliary_name_scope=False):
        return network(features, mode)

    return call

  return build_in_scope


_arguments = functools.partial(constructors.construct, _model_fn)
_v1_form = functools.partial(constructors.v1_form, _arguments)


@docs.describe('v2')
class LinearClassifierV2(base_estimator.EstimatorV2):
  """A linear classifier over feature columns of any kind.

  Two classes are told apart by one logit and sigmoid cross entropy, more by
  softmax cross entropy. All weights begin at 0.

      country = tf.feature_column.categorical_column_with_hash_bucket(
        'country', 1000)
      estimator = tf.estimator.LinearClassifier(
        feature_columns=[country, tf.feature_column.numeric_column('age')],
        optimizer=tf_keras.optimizers.legacy.Ftrl(
          0.1, l1_regularization_strength=0.001))
      estimator.train(input_fn)

  `input_fn` gives features as a dict in which each column, and
  `weight_column` if there is one, finds what it asks for by name, and labels
  `[batch_size, 1]`.
  """

  def __init__(
    self,
    feature_columns,
    model_dir=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    optimizer='Ftrl',
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    sparse_combiner='sum',
  ):
    super().__init__(**_arguments(V2, 'classifier', locals()))


@docs.describe('v1')
@_v1_form(LinearClassifierV2, 'classifier', 'partitioner', 'warm_start_from')
class LinearClassifier(base_estimator.Estimator):
  """A linear classifier over feature columns of any kind."""


@docs.describe('v2')
class LinearEstimatorV2(base_estimator.EstimatorV2):
  """A linear model over feature columns of any kind, with any head.

  `head` says what the logits predict:

      estimator = tf.estimator.LinearEstimator(
        head=tf.estimator.MultiLabelHead(n_classes=3),
        feature_columns=[tf.feature_column.numeric_column('age')])
  """

  def __init__(
    self,
    head,
    feature_columns,
    model_dir=None,
    optimizer='Ftrl',
    config=None,
    sparse_combiner='sum',
    warm_start_from=None,
  ):
    super().__init__(**_arguments(V2, 'estimator', locals()))


@docs.describe('v1')
@_v1_form(LinearEstimatorV2, 'estimator', 'partitioner', 'sparse_combiner')
class LinearEstimator(base_estimator.Estimator):
  """A linear model over feature columns of any kind, with any head."""


@docs.describe('v2')
class LinearRegressorV2(base_estimator.EstimatorV2):
  """Linear regression over feature columns of any kind.

  Its loss is the squared error. All weights begin at 0.

      estimator = tf.estimator.LinearRegressor(
        feature_columns=[tf.feature_column.numeric_column('age')])

  Labels are numbers `[batch_size, label_dimension]`.
  """

  def __init__(
    self,
    feature_columns,
    model_dir=None,
    label_dimension=1,
    weight_column=None,
    optimizer='Ftrl',
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    sparse_combiner='sum',
  ):
    super().__init__(**_arguments(V2, 'regressor', locals()))


@docs.describe('v1')
@_v1_form(LinearRegressorV2, 'regressor', 'partitioner', 'warm_start_from')
class LinearRegressor(base_estimator.Estimator):
  """Linear regression over feature columns of any kind."""
