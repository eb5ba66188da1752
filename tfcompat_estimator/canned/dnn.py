"""Classifies and regresses by feed-forward networks."""

import functools
from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import constructors, docs, model_fns
from tfcompat_estimator.canned.networks import dnn_network, families
from tfcompat_estimator.estimator import base_estimator

V2 = families.V2


def tower(
  family: families.Family, optimizer: Any, **settings: Any
) -> model_fns.Tower:
  """The deep network: `settings` are the arguments of `networks.dnn.build`."""
  return model_fns.Tower(
    name='dnn',
    network=functools.partial(dnn_network.build, family),
    optimizer=optimizer,
    learning_rate=family.dnn_learning_rate,
    settings=settings,
  )


def _model_fn(
  family: families.Family,
  head: Any,
  feature_columns: Any,
  optimizer: Any,
  **settings: Any,
) -> Any:
  feature_columns = family.check_columns(feature_columns)
  return model_fns.single(
    family,
    head,
    tower(family, optimizer, feature_columns=feature_columns, **settings),
  )


_arguments = functools.partial(constructors.construct, _model_fn)
_v1_form = functools.partial(constructors.v1_form, _arguments)


@docs.describe('v2')
class DNNClassifierV2(base_estimator.EstimatorV2):
  """A classifier: a feed-forward network over dense feature columns.

  Two classes are told apart by one logit and sigmoid cross entropy, more by
  softmax cross entropy.

      estimator = tf.estimator.DNNClassifier(
        hidden_units=[64, 32],
        feature_columns=[tf.feature_column.numeric_column('x', shape=3)],
        n_classes=3,
        optimizer=lambda: tf_keras.optimizers.legacy.Adam(
          tf_keras.optimizers.schedules.ExponentialDecay(0.1, 1000, 0.96)))
      estimator.train(input_fn)

  `input_fn` gives features as a dict in which each column, and
  `weight_column` if there is one, finds what it asks for by name, and labels
  `[batch_size, 1]`.
  """

  def __init__(
    self,
    hidden_units,
    feature_columns,
    model_dir=None,
    n_classes=2,
    weight_column=None,
    label_vocabulary=None,
    optimizer='Adagrad',
    activation_fn=tf.nn.relu,
    dropout=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    batch_norm=False,
  ):
    super().__init__(**_arguments(V2, 'classifier', locals()))


@docs.describe('v1')
@_v1_form(DNNClassifierV2, 'classifier', 'input_layer_partitioner')
class DNNClassifier(base_estimator.Estimator):
  """A classifier: a feed-forward network over dense feature columns.

  With a learning rate that decays:

      estimator = tf.compat.v1.estimator.DNNClassifier(
        hidden_units=[64, 32],
        feature_columns=[tf.feature_column.numeric_column('x', shape=3)],
        optimizer=lambda: tf.compat.v1.train.AdamOptimizer(
          tf.compat.v1.train.exponential_decay(
            0.1, tf.compat.v1.train.get_global_step(), 1000, 0.96)))
  """


@docs.describe('v2')
class DNNEstimatorV2(base_estimator.EstimatorV2):
  """A feed-forward network over dense feature columns, with any head.

  `head` says what the logits predict:

      estimator = tf.estimator.DNNEstimator(
        head=tf.estimator.MultiLabelHead(n_classes=3),
        hidden_units=[64, 32],
        feature_columns=[tf.feature_column.numeric_column('x', shape=3)])
  """

  def __init__(
    self,
    head,
    hidden_units,
    feature_columns,
    model_dir=None,
    optimizer='Adagrad',
    activation_fn=tf.nn.relu,
    dropout=None,
    config=None,
    warm_start_from=None,
    batch_norm=False,
  ):
    super().__init__(**_arguments(V2, 'estimator', locals()))


@docs.describe('v1')
@_v1_form(DNNEstimatorV2, 'estimator', 'input_layer_partitioner')
class DNNEstimator(base_estimator.Estimator):
  """A feed-forward network over dense feature columns, with any head."""


@docs.describe('v2')
class DNNRegressorV2(base_estimator.EstimatorV2):
  """A regressor: a feed-forward network over dense feature columns.

  Its loss is the squared error.

      estimator = tf.estimator.DNNRegressor(
        hidden_units=[64, 32],
        feature_columns=[tf.feature_column.numeric_column('x', shape=3)],
        label_dimension=2)

  Labels are numbers `[batch_size, label_dimension]`.
  """

  def __init__(
    self,
    hidden_units,
    feature_columns,
    model_dir=None,
    label_dimension=1,
    weight_column=None,
    optimizer='Adagrad',
    activation_fn=tf.nn.relu,
    dropout=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V2.loss_reduction,
    batch_norm=False,
  ):
    super().__init__(**_arguments(V2, 'regressor', locals()))


@docs.describe('v1')
@_v1_form(DNNRegressorV2, 'regressor', 'input_layer_partitioner')
class DNNRegressor(base_estimator.Estimator):
  """A regressor: a feed-forward network over dense feature columns."""
