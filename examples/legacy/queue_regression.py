"""Regresses from CSV files read by input queues, as written for TF 1.15."""

from __future__ import absolute_import, division, print_function

import json
import os

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.INFO)

tf.app.flags.DEFINE_string('model_dir', '', 'Where checkpoints go.')
tf.app.flags.DEFINE_integer('batch_size', 16, 'Examples in a batch.')
FLAGS = tf.app.flags.FLAGS


def write_files(folder):
  random = np.random.RandomState(0)
  paths = []
  for i in range(3):
    paths.append(os.path.join(folder, 'part-%d.csv' % i))
    with tf.gfile.GFile(paths[-1], 'w') as part:
      for _ in range(32):
        x, y = random.uniform(-1, 1, 2)
        part.write('%.4f,%.4f,%.4f\n' % (x, y, 3 * x - y + 0.5))
  return paths


def queue_input_fn(paths, num_epochs):
  def input_fn():
    names = tf.train.string_input_producer(
      paths, num_epochs=num_epochs, shuffle=False
    )
    _, line = tf.TextLineReader().read(names)
    x, y, z = tf.decode_csv(line, [[0.0], [0.0], [0.0]])
    x, y, z = tf.train.batch([x, y, z], batch_size=FLAGS.batch_size)
    return {'point': tf.stack([x, y], axis=1)}, tf.expand_dims(z, 1)

  return input_fn


def model_fn(features, labels, mode, params, config):
  del config
  with tf.variable_scope('net', initializer=tf.constant_initializer(0.1)):
    net = tf.layers.dense(
      features['point'], params['units'], tf.nn.tanh, name='hidden'
    )
    net = tf.layers.batch_normalization(
      net, training=(mode == tf.estimator.ModeKeys.TRAIN), momentum=0.9
    )
    value = tf.layers.dense(net, 1, name='value')
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'value': value})
  loss = tf.losses.mean_squared_error(labels, value)
  tf.summary.scalar('my_loss', loss)
  train_op = None
  if mode == tf.estimator.ModeKeys.TRAIN:
    rate = tf.train.polynomial_decay(0.05, tf.train.get_global_step(), 60, 0.01)
    optimizer = tf.train.AdamOptimizer(rate)
    gradients, variables = zip(*optimizer.compute_gradients(loss))
    gradients, norm = tf.clip_by_global_norm(gradients, 5.0)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
      train_op = optimizer.apply_gradients(
        zip(gradients, variables), global_step=tf.train.get_global_step()
      )
    tf.summary.scalar('norm', norm)
  metrics = {'mae': tf.metrics.mean_absolute_error(labels, value)}
  scaffold = tf.train.Scaffold(saver=tf.train.Saver(max_to_keep=3))
  return tf.estimator.EstimatorSpec(
    mode=mode,
    loss=loss,
    train_op=train_op,
    eval_metric_ops=metrics,
    scaffold=scaffold,
  )


def main(argv):
  del argv
  tf.gfile.MakeDirs(FLAGS.model_dir)
  paths = write_files(FLAGS.model_dir)
  config = tf.estimator.RunConfig(
    save_checkpoints_steps=20,
    session_config=tf.ConfigProto(
      inter_op_parallelism_threads=1, allow_soft_placement=True
    ),
  )
  estimator = tf.estimator.Estimator(
    model_fn, FLAGS.model_dir, config, params={'units': 6}
  )
  logging_hook = tf.train.LoggingTensorHook(
    {'learning_rate': 'PolynomialDecay:0'}, every_n_iter=20
  )
  estimator.train(queue_input_fn(paths, num_epochs=10), hooks=[logging_hook])
  metrics = estimator.evaluate(queue_input_fn(paths, num_epochs=1))
  values = estimator.predict(
    tf.estimator.inputs.numpy_input_fn(
      {'point': np.eye(2, dtype=np.float32)}, shuffle=False
    )
  )
  values = [float(v['value'][0]) for v in values]
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'values': values,
      'checkpoints': len(
        tf.train.get_checkpoint_state(
          FLAGS.model_dir
        ).all_model_checkpoint_paths
      ),
      'variables': sorted(estimator.get_variable_names()),
      'eager': tf.executing_eagerly(),
    }),
  )


if __name__ == '__main__':
  tf.app.run(main)
