"""Adds up the numbers of sequences with tf.nn.dynamic_rnn, as TF 1 did."""

import json

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.compat.v1 import estimator as tf_estimator

tf.flags.DEFINE_string('model_dir', None, 'Where checkpoints go.')
FLAGS = tf.flags.FLAGS


def make_data(count, seed):
  random = np.random.RandomState(seed)
  lengths = random.randint(1, 7, count)
  values = random.uniform(-1, 1, (count, 6, 1)).astype(np.float32)
  for i, length in enumerate(lengths):
    values[i, length:] = 0
  return {'values': values, 'lengths': lengths}, values.sum(axis=1)


def model_fn(features, labels, mode, params):
  with tf.variable_scope('rnn', initializer=tf.constant_initializer(0.1)):
    cells = [
      tf.nn.rnn_cell.LSTMCell(units, name='lstm_%d' % i)
      for i, units in enumerate(params['units'])
    ]
    cell = tf.nn.rnn_cell.MultiRNNCell(cells)
    _, state = tf.nn.dynamic_rnn(
      cell,
      features['values'],
      sequence_length=features['lengths'],
      dtype=tf.float32,
    )
    total = tf.layers.dense(state[-1].h, 1, name='total')
  if mode == tf_estimator.ModeKeys.PREDICT:
    return tf_estimator.EstimatorSpec(mode, predictions={'total': total})
  loss = tf.losses.huber_loss(labels, total)
  train_op = None
  if mode == tf_estimator.ModeKeys.TRAIN:
    train_op = tf.train.RMSPropOptimizer(0.01).minimize(
      loss, global_step=tf.train.get_global_step()
    )
  return tf_estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mae': tf.metrics.mean_absolute_error(labels, total)},
  )


def main(_):
  run_config = tf_estimator.RunConfig(
    model_dir=FLAGS.model_dir, save_summary_steps=10, log_step_count_steps=20
  )
  model = tf_estimator.Estimator(
    model_fn, config=run_config, params={'units': [5, 4]}
  )
  features, labels = make_data(128, 1)
  model.train(
    tf_estimator.inputs.numpy_input_fn(
      features, labels, batch_size=32, num_epochs=None, shuffle=False
    ),
    max_steps=60,
  )
  features, labels = make_data(64, 2)
  metrics = model.evaluate(
    tf_estimator.inputs.numpy_input_fn(features, labels, shuffle=False)
  )
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'variables': sorted(model.get_variable_names()),
    }),
  )


if __name__ == '__main__':
  tf.disable_v2_behavior()
  tf.app.run()
