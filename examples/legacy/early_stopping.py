"""Fits a line until the loss on held-out data stops falling."""

import argparse
import json
import os

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
random = np.random.RandomState(0)
X = random.uniform(-1, 1, (200, 3)).astype(np.float32)
Y = (X.dot([1.0, -2.0, 0.5]) + 0.3).astype(np.float32)[:, None]


def model_fn(features, labels, mode, params):
  with tf1.variable_scope('line', reuse=tf1.AUTO_REUSE):
    weights = tf1.get_variable('weights', [3, 1], initializer=tf1.zeros_initializer())
    bias = tf1.get_variable('bias', [1], initializer=tf1.zeros_initializer())
  value = tf.matmul(features['x'], weights) + bias
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode, predictions={'value': value})
  loss = tf1.losses.mean_squared_error(labels, value)
  if mode == tf.estimator.ModeKeys.EVAL:
    rmse = tf1.metrics.root_mean_squared_error(labels, value)
    return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={'rmse': rmse})
  optimizer = tf1.train.GradientDescentOptimizer(params['learning_rate'])
  train_op = optimizer.minimize(loss, global_step=tf1.train.get_or_create_global_step())
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


class StepLog(tf1.train.SessionRunHook):
  """Remembers the loss of each step."""

  def __init__(self):
    self.losses = {}

  def before_run(self, run_context):
    graph = run_context.session.graph
    return tf1.train.SessionRunArgs({
      'loss': graph.get_collection(tf1.GraphKeys.LOSSES)[0],
      'step': tf1.train.get_global_step(graph),
    })

  def after_run(self, run_context, run_values):
    self.losses[int(run_values.results['step'])] = float(run_values.results['loss'])


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  config = tf.estimator.RunConfig(save_checkpoints_steps=20)
  estimator = tf.estimator.Estimator(
    model_fn, args.model_dir, config, params={'learning_rate': 0.1}
  )
  os.makedirs(estimator.eval_dir(), exist_ok=True)
  stop_low = tf.estimator.experimental.stop_if_lower_hook(
    estimator, 'rmse', threshold=0.15, run_every_secs=None, run_every_steps=10
  )
  stop_stuck = tf.estimator.experimental.stop_if_no_decrease_hook(
    estimator, 'loss', max_steps_without_decrease=60,
    run_every_secs=None, run_every_steps=10,
  )
  log = StepLog()

  def train_input_fn():
    data = tf.data.Dataset.from_tensor_slices(({'x': X[:160]}, Y[:160]))
    return data.repeat().batch(32)

  def eval_input_fn():
    return tf.data.Dataset.from_tensor_slices(({'x': X[160:]}, Y[160:])).batch(40)

  evaluator = tf.estimator.experimental.InMemoryEvaluatorHook(
    estimator, eval_input_fn, every_n_iter=40
  )
  tf.estimator.train_and_evaluate(
    estimator,
    tf.estimator.TrainSpec(
      train_input_fn, max_steps=2000, hooks=[stop_low, stop_stuck, log, evaluator]
    ),
    tf.estimator.EvalSpec(eval_input_fn, steps=None, throttle_secs=0),
  )
  metrics = estimator.evaluate(eval_input_fn, name='final')
  print(
    'RESULT',
    json.dumps({
      'step': int(estimator.get_variable_value('global_step')),
      'rmse': float(metrics['rmse']),
      'last losses': [log.losses[k] for k in sorted(log.losses)[-3:]],
      'weights': estimator.get_variable_value('line/weights').tolist(),
    }),
  )


if __name__ == '__main__':
  main()
