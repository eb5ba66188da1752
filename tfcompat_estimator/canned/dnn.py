"""Classifies and regresses by feed-forward networks."""

from typing import Any

import tensorflow as tf

from tfcompat_estimator.canned import docs, model_fns
from tfcompat_estimator.canned import family as families
from tfcompat_estimator.canned.networks import dnn
from tfcompat_estimator.estimator import estimator

V1 = families.V1
V2 = families.V2


def tower(
  family: families.Family, optimizer: Any, **settings: Any
) -> model_fns.Tower:
  """The deep network: `settings` are the arguments of `networks.dnn.build`."""
  return model_fns.Tower(
    name='dnn',
    build=lambda units: dnn.build(family, units, **settings),
    optimizer=optimizer,
    learning_rate=family.dnn_learning_rate,
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


@docs.describe_arguments('v2')
class DNNClassifierV2(estimator.EstimatorV2):
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
    super().__init__(
      model_fn=_model_fn(
        V2,
        V2.classifier_head(
          n_classes, weight_column, label_vocabulary, loss_reduction
        ),
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )


@docs.describe_arguments('v1')
class DNNClassifier(estimator.Estimator):
  """A classifier: a feed-forward network over dense feature columns.

  The form of `tf.compat.v1.estimator`: its loss is a sum over the batch by
  default, its optimizers are those of `tf.compat.v1.train`, its metrics those
  of `tf.compat.v1.metrics`, and large variables can be partitioned.

      estimator = tf.compat.v1.estimator.DNNClassifier(
        hidden_units=[64, 32],
        feature_columns=[tf.feature_column.numeric_column('x', shape=3)],
        optimizer=lambda: tf.compat.v1.train.AdamOptimizer(
          tf.compat.v1.train.exponential_decay(
            0.1, tf.compat.v1.train.get_global_step(), 1000, 0.96)))
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
    input_layer_partitioner=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V1.loss_reduction,
    batch_norm=False,
  ):
    super().__init__(
      model_fn=_model_fn(
        V1,
        V1.classifier_head(
          n_classes, weight_column, label_vocabulary, loss_reduction
        ),
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
        input_layer_partitioner=input_layer_partitioner,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )


@docs.describe_arguments('v2')
class DNNEstimatorV2(estimator.EstimatorV2):
  """A feed-forward network over dense feature columns, with any head.

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
    super().__init__(
      model_fn=_model_fn(
        V2,
        head,
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )


@docs.describe_arguments('v1')
class DNNEstimator(estimator.Estimator):
  """A feed-forward network over dense feature columns, with any head.

  The form of `tf.compat.v1.estimator`: its optimizers are those of
  `tf.compat.v1.train`, and large variables can be partitioned.
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
    input_layer_partitioner=None,
    config=None,
    warm_start_from=None,
    batch_norm=False,
  ):
    super().__init__(
      model_fn=_model_fn(
        V1,
        head,
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
        input_layer_partitioner=input_layer_partitioner,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )


@docs.describe_arguments('v2')
class DNNRegressorV2(estimator.EstimatorV2):
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
    super().__init__(
      model_fn=_model_fn(
        V2,
        V2.regression_head(
          label_dimension=label_dimension,
          weight_column=weight_column,
          loss_reduction=loss_reduction,
        ),
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )


@docs.describe_arguments('v1')
class DNNRegressor(estimator.Estimator):
  """A regressor: a feed-forward network over dense feature columns.

  The form of `tf.compat.v1.estimator`: its loss is a sum over the batch by
  default, its optimizers are those of `tf.compat.v1.train`, its metrics those
  of `tf.compat.v1.metrics`, and large variables can be partitioned.
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
    input_layer_partitioner=None,
    config=None,
    warm_start_from=None,
    loss_reduction=V1.loss_reduction,
    batch_norm=False,
  ):
    super().__init__(
      model_fn=_model_fn(
        V1,
        V1.regression_head(
          label_dimension=label_dimension,
          weight_column=weight_column,
          loss_reduction=loss_reduction,
        ),
        feature_columns,
        optimizer,
        hidden_units=hidden_units,
        activation_fn=activation_fn,
        dropout=dropout,
        batch_norm=batch_norm,
        input_layer_partitioner=input_layer_partitioner,
      ),
      model_dir=model_dir,
      config=config,
      warm_start_from=warm_start_from,
    )
