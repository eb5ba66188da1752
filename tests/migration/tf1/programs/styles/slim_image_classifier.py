"""In the style of models/research: slim, with an Estimator.

Written for this test; prints what is compared.
"""

from __future__ import absolute_import, division, print_function
import os, sys
import numpy as np
import tensorflow as tf
import tensorflow.contrib.slim as slim
from tensorflow.python.platform import tf_logging as logging

flags = tf.app.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('model_dir', '', 'dir')
flags.DEFINE_integer('steps', 6, 'steps')
flags.DEFINE_bool('use_bn', True, '')


def lenet_arg_scope(weight_decay=0.01):
  with slim.arg_scope(
    [slim.conv2d, slim.fully_connected],
    weights_regularizer=slim.l2_regularizer(weight_decay),
    weights_initializer=tf.truncated_normal_initializer(stddev=0.1, seed=3),
    activation_fn=tf.nn.relu,
  ) as sc:
    return sc


def lenet(images, num_classes, is_training, dropout_keep_prob=1.0):
  end_points = {}
  with tf.variable_scope('LeNet', 'LeNet', [images]):
    net = end_points['conv1'] = slim.conv2d(images, 8, [5, 5], scope='conv1')
    net = slim.batch_norm(
      net,
      is_training=is_training,
      decay=0.9,
      updates_collections=tf.GraphKeys.UPDATE_OPS,
    )
    net = slim.max_pool2d(net, [2, 2], 2, scope='pool1')
    net = slim.conv2d(net, 8, [5, 5], scope='conv2')
    net = slim.max_pool2d(net, [2, 2], 2, scope='pool2')
    net = slim.flatten(net)
    net = slim.fully_connected(net, 16, scope='fc3')
    net = slim.dropout(
      net, dropout_keep_prob, is_training=is_training, scope='dropout3'
    )
    logits = slim.fully_connected(
      net, num_classes, activation_fn=None, scope='fc4'
    )
    end_points['Predictions'] = slim.softmax(logits, scope='Predictions')
  return logits, end_points


def model_fn(features, labels, mode, params):
  with slim.arg_scope(lenet_arg_scope()):
    logits, ep = lenet(
      features['image'], 3, mode == tf.estimator.ModeKeys.TRAIN
    )
  preds = {'classes': tf.argmax(logits, 1), 'probabilities': ep['Predictions']}
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode,
      predictions=preds,
      export_outputs={
        'serving_default': tf.estimator.export.PredictOutput(preds)
      },
    )
  one = slim.one_hot_encoding(labels, 3)
  slim.losses.softmax_cross_entropy(logits, one, label_smoothing=0.1)
  total = slim.losses.get_total_loss()
  tf.summary.scalar('losses/total', total)
  if mode == tf.estimator.ModeKeys.EVAL:
    names_to_values, names_to_updates = slim.metrics.aggregate_metric_map(
      {
        'Accuracy': slim.metrics.streaming_accuracy(preds['classes'], labels),
        'Recall_2': slim.metrics.streaming_recall_at_k(logits, labels, 2),
      }
    )
    return tf.estimator.EstimatorSpec(
      mode,
      loss=total,
      eval_metric_ops={
        k: (names_to_values[k], names_to_updates[k]) for k in names_to_values
      },
    )
  gs = slim.get_or_create_global_step()
  lr = tf.train.exponential_decay(params['lr'], gs, 2, 0.9, staircase=True)
  opt = tf.train.RMSPropOptimizer(lr, momentum=0.9, epsilon=1.0)
  op = slim.learning.create_train_op(
    total, opt, global_step=gs, clip_gradient_norm=1.0, summarize_gradients=True
  )
  ema = tf.train.ExponentialMovingAverage(0.9, gs)
  with tf.control_dependencies([op]):
    op = ema.apply(slim.get_model_variables())
  return tf.estimator.EstimatorSpec(
    mode,
    loss=total,
    train_op=op,
    training_hooks=[tf.train.LoggingTensorHook({'lr': lr}, every_n_iter=3)],
  )


rng = np.random.RandomState(0)
X = rng.rand(32, 12, 12, 1).astype('f')
Y = rng.randint(0, 3, 32).astype('int64')


def input_fn():
  ds = tf.data.Dataset.from_tensor_slices(({'image': X}, Y)).repeat().batch(8)
  return ds.make_one_shot_iterator().get_next()


def eval_fn():
  return tf.data.Dataset.from_tensor_slices(({'image': X}, Y)).batch(8)


def main(_):
  tf.logging.set_verbosity(tf.logging.INFO)
  cfg = tf.estimator.RunConfig(
    model_dir=FLAGS.model_dir,
    tf_random_seed=1,
    save_checkpoints_steps=3,
    session_config=tf.ConfigProto(allow_soft_placement=True),
  )
  est = tf.estimator.Estimator(
    model_fn, params=tf.contrib.training.HParams(lr=0.01).values(), config=cfg
  )
  tf.estimator.train_and_evaluate(
    est,
    tf.estimator.TrainSpec(input_fn, max_steps=FLAGS.steps),
    tf.estimator.EvalSpec(
      eval_fn, steps=None, throttle_secs=0, start_delay_secs=0
    ),
  )
  m = est.evaluate(eval_fn)
  p = list(est.predict(eval_fn))[:3]
  print('RESULT', sorted((k, float(v)) for k, v in m.items()))
  print('RESULT', [[float(a) for a in q['probabilities']] for q in p])
  print('KEYS', sorted(tf.train.list_variables(FLAGS.model_dir)))


if __name__ == '__main__':
  tf.app.run()
