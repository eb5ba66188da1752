"""Trains models whose heads and optimizers derive from private classes.

As privacy libraries do: heads of both protocols whose loss is a vector, one
number for each example; optimizers that see it and clip each example's gradient;
canned Estimators' model functions called with them.
"""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow_estimator.python.estimator import model_fn as model_fn_lib
from tensorflow_estimator.python.estimator.canned import dnn, linear
from tensorflow_estimator.python.estimator.canned import head as head_lib
from tensorflow_estimator.python.estimator.head import base_head

try:
  import tf_keras as keras
except ImportError:
  from tensorflow import keras

tf1 = tf.compat.v1

STEPS = 3
X = np.linspace(-1, 1, 24).reshape(8, 3).astype(np.float32)
LABELS = {
  'binary': (X[:, :1] > 0.2).astype(np.int64),
  'multi': np.arange(8).reshape(8, 1) % 3,
  'regression': X[:, :1] * 2 + 0.5,
}
COLUMNS = [tf.feature_column.numeric_column('x', shape=3)]
CLIP = 0.5


def input_fn(kind, weighted=True):
  features = {'x': X}
  if weighted:
    features['w'] = np.linspace(0.5, 2, 8).reshape(8, 1).astype(np.float32)
  return lambda: tf.data.Dataset.from_tensors((features, LABELS[kind])).repeat()


# --- optimizers that see each example's loss ----------------------------------


def clipped_gradients(losses, variables):
  """The mean of the gradients of the losses, each clipped to a norm."""

  def of_one(i):
    gradients = tf.gradients(tf.reshape(losses, [-1])[i], variables)
    return [g / tf.maximum(1.0, tf.norm(g) / CLIP) for g in gradients]

  each = [of_one(i) for i in range(8)]
  return [tf.add_n(list(parts)) / 8 for parts in zip(*each, strict=True)]


class ClippingV1(tf1.train.GradientDescentOptimizer):
  """Of tf.compat.v1.train."""

  def compute_gradients(self, loss, var_list=None, *args, **kwargs):
    if loss.shape.rank == 0:
      raise ValueError('needs the loss of each example')
    variables = var_list or tf1.trainable_variables()
    return list(zip(clipped_gradients(loss, variables), variables, strict=True))


class ClippingLegacy(keras.optimizers.legacy.SGD):
  """Of Keras' old style."""

  def get_gradients(self, loss, params):
    if loss.shape.rank == 0:
      raise ValueError('needs the loss of each example')
    return clipped_gradients(loss, params)


# --- heads of the v1 protocol -------------------------------------------------


class _VectorLoss:
  """Mixed into a head: trains by the vector of losses, reports their mean."""

  def _create_tpu_estimator_spec(
    self, features, mode, logits, labels=None, optimizer=None, *_, **__
  ):
    if mode != tf.estimator.ModeKeys.TRAIN:
      return super()._create_tpu_estimator_spec(
        features, mode, logits, labels=labels
      )
    with tf1.name_scope(self._name, 'head'):
      logits = head_lib._check_logits_final_dim(logits, self.logits_dimension)
      loss, unreduced, weights, processed = self.create_loss(
        features=features, mode=mode, logits=logits, labels=labels
      )
      vector = tf.reshape(unreduced * weights, [-1])
      train_op = optimizer.minimize(
        vector, global_step=tf1.train.get_global_step()
      )
    with tf1.name_scope(''):
      tf1.summary.scalar(head_lib._summary_key(self._name, 'loss'), loss)
    return model_fn_lib._TPUEstimatorSpec(
      mode=mode,
      predictions={'logits': logits, 'labels': processed},
      loss=tf.reduce_mean(vector),
      train_op=train_op,
    )


class BinaryV1(
  _VectorLoss, head_lib._BinaryLogisticHeadWithSigmoidCrossEntropyLoss
):
  pass


class MultiV1(_VectorLoss, head_lib._MultiClassHeadWithSoftmaxCrossEntropyLoss):
  pass


class RegressionV1(
  _VectorLoss, head_lib._RegressionHeadWithMeanSquaredErrorLoss
):
  pass


V1_HEADS = {
  'binary': lambda: BinaryV1(weight_column='w', thresholds=[0.3]),
  'multi': lambda: MultiV1(n_classes=3, weight_column='w', name='top'),
  'regression': lambda: RegressionV1(label_dimension=1, weight_column='w'),
}


def v1_estimator(kind, network, optimizer):
  """A model function that calls a canned one, as privacy libraries do."""
  head = V1_HEADS[kind]()

  def model_fn(features, labels, mode, config):
    shared = {'feature_columns': COLUMNS, 'optimizer': optimizer}
    given = (features, labels, mode, head)
    if network == 'dnn':
      return dnn._dnn_model_fn(
        *given,
        hidden_units=[4],
        activation_fn=tf.nn.tanh,
        config=config,
        **shared,
      )
    return linear._linear_model_fn(
      *given, partitioner=None, config=config, **shared
    )

  return tf1.estimator.Estimator(model_fn, config=config())


def config():
  return tf.estimator.RunConfig(
    tempfile.mkdtemp(), tf_random_seed=7, save_summary_steps=None
  )


def observed(estimator, kind):
  """What training, evaluating and predicting give."""
  estimator.train(input_fn(kind), steps=STEPS)
  metrics = estimator.evaluate(input_fn(kind), steps=2)
  predictions = estimator.predict(
    lambda: tf.data.Dataset.from_tensors(input_features(kind))
  )
  return {
    'metrics': {key: float(value) for key, value in metrics.items()},
    'predictions': [
      {key: value.tolist() for key, value in one.items() if key == 'logits'}
      or {key: value.tolist() for key, value in one.items()}
      for one in predictions
    ],
    'variables': {
      name: estimator.get_variable_value(name)
      for name in estimator.get_variable_names()
    },
  }


def input_features(kind):
  return {'x': X, 'w': np.ones([8, 1], np.float32)}


def v1_heads(kind, network):
  return observed(v1_estimator(kind, network, ClippingV1(0.1)), kind)


# --- heads of the v2 protocol -------------------------------------------------


class _VectorLossV2:
  """Mixed into a public head: trains by the vector of losses."""

  def _create_tpu_estimator_spec(
    self,
    features,
    mode,
    logits,
    labels=None,
    regularization_losses=None,
    **training,
  ):
    predictions = self.predictions(logits)
    if mode == tf.estimator.ModeKeys.PREDICT:
      return model_fn_lib._TPUEstimatorSpec(mode, predictions=predictions)
    processed = self._processed_labels(logits, labels)
    unweighted, weights = self._unweighted_loss_and_weights(
      logits, processed, features
    )
    vector = tf.reshape(unweighted * weights, [-1])
    loss = tf.reduce_mean(vector)
    if mode == tf.estimator.ModeKeys.EVAL:
      return model_fn_lib._TPUEstimatorSpec(
        mode=mode,
        predictions=predictions,
        loss=loss,
        eval_metrics=base_head.create_eval_metrics_tuple(
          self.update_metrics,
          {
            'eval_metrics': self.metrics(),
            'features': features,
            'logits': logits,
            'labels': labels,
          },
        ),
      )
    train_op = base_head.create_estimator_spec_train_op(
      head_name=self._name,
      regularized_training_loss=vector,
      loss_reduction=self._loss_reduction,
      **training,
    )
    base_head.create_estimator_spec_summary(
      regularized_training_loss=loss,
      regularization_losses=regularization_losses,
      summary_key_fn=self._summary_key,
    )
    return model_fn_lib._TPUEstimatorSpec(
      mode=mode, predictions=predictions, loss=loss, train_op=train_op
    )


class BinaryV2(_VectorLossV2, tf.estimator.BinaryClassHead):
  pass


class MultiV2(_VectorLossV2, tf.estimator.MultiClassHead):
  pass


class RegressionV2(_VectorLossV2, tf.estimator.RegressionHead):
  pass


V2_HEADS = {
  'binary': lambda: BinaryV2(weight_column='w', thresholds=[0.3]),
  'multi': lambda: MultiV2(n_classes=3, weight_column='w', name='top'),
  'regression': lambda: RegressionV2(weight_column='w'),
}


def v2_heads(kind, network):
  make = {
    'dnn': lambda head: tf.estimator.DNNEstimator(
      head,
      [4],
      COLUMNS,
      optimizer=ClippingLegacy(0.1),
      activation_fn=tf.nn.tanh,
      config=config(),
    ),
    'linear': lambda head: tf.estimator.LinearEstimator(
      head, COLUMNS, optimizer=ClippingLegacy(0.1), config=config()
    ),
  }
  return observed(make[network](V2_HEADS[kind]()), kind)
