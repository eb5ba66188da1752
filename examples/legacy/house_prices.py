"""Trains, evaluates and exports a regressor of house prices in turn."""

import argparse
import json
import os

import numpy as np
import tensorflow as tf

FEATURES = ['rooms', 'area', 'year']


def make_houses(count, seed):
  random = np.random.RandomState(seed)
  features = {
    'rooms': random.randint(1, 8, count).astype(np.float32),
    'area': random.uniform(20, 200, count).astype(np.float32) / 100,
    'year': (random.randint(1900, 2010, count).astype(np.float32) - 1950) / 50,
  }
  price = features['area'] * 3 + features['rooms'] * 0.2 + features['year'] * 0.5
  return features, price.astype(np.float32)


def input_fn(features, labels, batch_size, repeat=None):
  data = tf.data.Dataset.from_tensor_slices((features, labels))
  return data.repeat(repeat).batch(batch_size)


def serving_input_receiver_fn():
  inputs = {
    name: tf.compat.v1.placeholder(tf.float32, [None], name=name)
    for name in FEATURES
  }
  return tf.estimator.export.ServingInputReceiver(inputs, inputs)


def smaller_loss(best_eval_result, current_eval_result):
  return best_eval_result['loss'] > current_eval_result['loss']


def count_exports(model_dir, name):
  folder = os.path.join(model_dir, 'export', name)
  return sum(entry.isdigit() for entry in os.listdir(folder))


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  columns = [tf.feature_column.numeric_column(name) for name in FEATURES]
  config = tf.estimator.RunConfig(save_checkpoints_steps=20)
  estimator = tf.estimator.LinearRegressor(
    columns, model_dir=args.model_dir, config=config, optimizer='Ftrl'
  )
  estimator = tf.estimator.add_metrics(
    estimator,
    lambda labels, predictions: {
      'worst': tf.compat.v1.metrics.mean(
        tf.reduce_max(tf.abs(labels - tf.squeeze(predictions['predictions'], -1)))
      )
    },
  )
  train, test = make_houses(200, 1), make_houses(50, 2)
  exporters = [
    tf.estimator.BestExporter(
      serving_input_receiver_fn=serving_input_receiver_fn,
      compare_fn=smaller_loss,
      exports_to_keep=2,
    ),
    tf.estimator.LatestExporter('latest', serving_input_receiver_fn, exports_to_keep=1),
    tf.estimator.FinalExporter('final', serving_input_receiver_fn),
  ]
  metrics, exports = tf.estimator.train_and_evaluate(
    estimator,
    tf.estimator.TrainSpec(lambda: input_fn(*train, batch_size=10), max_steps=60),
    tf.estimator.EvalSpec(
      lambda: input_fn(*test, batch_size=25, repeat=1),
      steps=None,
      exporters=exporters,
      start_delay_secs=0,
      throttle_secs=0,
    ),
  )
  print(metrics)
  served = tf.saved_model.load(exports[2].decode()).signatures['predict']
  house = {name: tf.constant([2.0]) for name in FEATURES}
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'exports': {
        name: count_exports(args.model_dir, name)
        for name in ('best_exporter', 'latest', 'final')
      },
      'served': float(served(**house)['predictions'][0][0]),
    }),
  )


if __name__ == '__main__':
  main()
