"""Trains a generator against a discriminator, in turns kept by hooks.

The model_fn's train op only counts; each hook runs the train op of one of the
two networks so many times a step, with an optimizer of its own.
"""

import argparse
import json

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1


class RunTrainOpsHook(tf1.train.SessionRunHook):
  """Runs a train op several times before each step."""

  def __init__(self, train_op, count):
    self._train_op = train_op
    self._count = count

  def before_run(self, run_context):
    for _ in range(self._count):
      run_context.session.run(self._train_op)


def generator(noise):
  with tf1.variable_scope('generator', reuse=tf1.AUTO_REUSE):
    constant = tf1.constant_initializer
    net = tf1.layers.dense(noise, 4, tf.nn.tanh, kernel_initializer=constant(0.3))
    return tf1.layers.dense(net, 1, kernel_initializer=constant(0.2))


def discriminator(value):
  with tf1.variable_scope('discriminator', reuse=tf1.AUTO_REUSE):
    constant = tf1.constant_initializer
    net = tf1.layers.dense(
      value, 6, tf.nn.leaky_relu, kernel_initializer=constant(0.1), name='hidden'
    )
    return tf1.layers.dense(net, 1, kernel_initializer=constant(0.1), name='out')


def model_fn(features, labels, mode, params):
  generated = generator(features)
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions=generated)
  real, fake = discriminator(labels), discriminator(generated)
  cross_entropy = tf1.losses.sigmoid_cross_entropy
  ones, zeros = tf.ones_like(real), tf.zeros_like(fake)
  d_loss = cross_entropy(ones, real, label_smoothing=0.1) + cross_entropy(zeros, fake)
  g_loss = cross_entropy(ones, fake)
  loss = d_loss + g_loss
  if mode == tf.estimator.ModeKeys.EVAL:
    return tf.estimator.EstimatorSpec(
      mode,
      loss=loss,
      eval_metric_ops={
        'generated/mean': tf1.metrics.mean(generated),
        'real/mean': tf1.metrics.mean(labels),
      },
    )

  def train_op(which, loss, learning_rate):
    variables = tf1.get_collection(tf1.GraphKeys.TRAINABLE_VARIABLES, which)
    optimizer = tf1.train.AdamOptimizer(learning_rate, beta1=0.5)
    return optimizer.minimize(loss, var_list=variables)

  count = tf1.assign_add(tf1.train.get_or_create_global_step(), 1)
  with tf.control_dependencies([count]):
    step = tf.identity(loss, name='step')
  hooks = [
    RunTrainOpsHook(
      train_op('discriminator', d_loss, params['d_rate']), params['d_steps']
    ),
    RunTrainOpsHook(train_op('generator', g_loss, params['g_rate']), 1),
  ]
  return tf.estimator.EstimatorSpec(
    mode, loss=loss, train_op=step, training_hooks=hooks
  )


def input_fn():
  random = np.random.RandomState(0)
  noise = random.normal(size=(64, 3)).astype(np.float32)
  real = random.normal(3.0, 0.5, size=(64, 1)).astype(np.float32)
  return tf.data.Dataset.from_tensors((noise, real)).repeat()


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  gan = tf.estimator.Estimator(
    model_fn,
    model_dir=args.model_dir,
    params={'d_rate': 0.02, 'g_rate': 0.05, 'd_steps': 2},
  )
  gan.train(input_fn, steps=40)
  metrics = gan.evaluate(input_fn, steps=1)
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'variables': sorted(gan.get_variable_names()),
    }),
  )


if __name__ == '__main__':
  main()
