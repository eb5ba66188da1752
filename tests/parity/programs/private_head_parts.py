"""Trains and evaluates by heads that replace a part of those of the package."""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow_estimator.python.estimator.canned import head as head_lib

tf1 = tf.compat.v1
X = {'x': np.array([[1.0], [2.0], [3.0], [4.0]], np.float32)}
Y = np.array([[1.0], [0.0], [1.0], [0.0]], np.float32)
COLUMNS = [tf.feature_column.numeric_column('x')]


def input_fn():
  return tf.data.Dataset.from_tensors((X, Y)).repeat()


class WholeSpec(head_lib._Head):
  """Makes the spec by itself, and its train op in each mode."""

  name = 'mine'
  logits_dimension = 1

  def create_loss(self, features, mode, logits, labels):
    loss = tf1.losses.mean_squared_error(labels, logits)
    return head_lib.LossSpec(loss, loss, 1.0, labels)

  def create_estimator_spec(
    self, features, mode, logits, labels, optimizer=None, train_op_fn=None
  ):
    loss = self.create_loss(features, mode, logits, labels).training_loss
    if optimizer is None:
      train_op = train_op_fn(loss)
    else:
      train_op = optimizer.minimize(loss, tf1.train.get_global_step())
    return tf.estimator.EstimatorSpec(
      mode, loss=loss, predictions={'p': logits}, train_op=train_op
    )


class MoreMetrics(head_lib._BinaryLogisticHeadWithSigmoidCrossEntropyLoss):
  def _eval_metric_ops(self, labels, logits, *more, **by_name):
    made = super()._eval_metric_ops(labels, logits, *more, **by_name)
    made['mean_logit'] = head_lib._predictions_mean(logits)
    made['baseline'] = head_lib._accuracy_baseline(
      head_lib._indicator_labels_mean(labels)
    )
    return made


class DoubledLoss(head_lib._RegressionHeadWithMeanSquaredErrorLoss):
  def create_loss(self, features, mode, logits, labels):
    spec = super().create_loss(features, mode, logits, labels)
    return (spec.training_loss * 2.0, *spec[1:])


class OtherLabels(tf.estimator.BinaryClassHead):
  def _unweighted_loss_and_weights(self, logits, labels, features):
    loss, weights = super()._unweighted_loss_and_weights(
      logits, labels, features
    )
    return loss * 3.0, weights

  def _processed_labels(self, logits, labels):
    return 1.0 - super()._processed_labels(logits, labels)


def estimators(config):
  v1, v2 = tf1.estimator, tf.estimator
  return {
    'whole, deep': lambda: v1.DNNEstimator(
      WholeSpec(), [3], COLUMNS, config=config
    ),
    'whole, linear': lambda: v1.LinearEstimator(
      WholeSpec(), COLUMNS, config=config
    ),
    'metrics': lambda: v1.DNNEstimator(
      MoreMetrics(), [3], COLUMNS, config=config
    ),
    'metrics, baseline': lambda: v1.BaselineEstimator(
      MoreMetrics(), config=config
    ),
    'loss': lambda: v1.LinearEstimator(DoubledLoss(1), COLUMNS, config=config),
    'loss, combined': lambda: v1.DNNLinearCombinedEstimator(
      DoubledLoss(1),
      linear_feature_columns=COLUMNS,
      dnn_feature_columns=COLUMNS,
      dnn_hidden_units=[2],
      config=config,
    ),
    'labels': lambda: v2.LinearEstimator(OtherLabels(), COLUMNS, config=config),
    'labels, baseline': lambda: v2.BaselineEstimator(
      OtherLabels(), config=config
    ),
  }


def metrics():
  """By kind, what an evaluation gives after two steps."""
  found = {}
  for kind in estimators(None):
    config = tf.estimator.RunConfig(tempfile.mkdtemp(), tf_random_seed=3)
    estimator = estimators(config)[kind]()
    estimator.train(input_fn, steps=2)
    made = estimator.evaluate(input_fn, steps=1)
    found[kind] = {key: float(value) for key, value in made.items()}
  return found
