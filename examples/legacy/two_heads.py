"""Learns a class and a number at once, with one network and two heads."""

import argparse
import json

import numpy as np
import tensorflow as tf

HEAD = tf.estimator.MultiHead(
  [
    tf.estimator.MultiClassHead(n_classes=3, name='kind'),
    tf.estimator.RegressionHead(name='size'),
  ],
  head_weights=[1.0, 0.5],
)


def make_data(count, seed):
  random = np.random.RandomState(seed)
  x = random.uniform(-1, 1, (count, 2)).astype(np.float32)
  kind = (x[:, 0] > 0.3).astype(np.int64) + (x[:, 0] > -0.3).astype(np.int64)
  size = (2 * x[:, 1:] - 1).astype(np.float32)
  return {'x': x}, {'kind': kind[:, None], 'size': size}


def input_fn(count, seed, epochs):
  data = tf.data.Dataset.from_tensor_slices(make_data(count, seed))
  return data.repeat(epochs).batch(20)


def model_fn(features, labels, mode):
  training = mode == tf.estimator.ModeKeys.TRAIN
  constant = tf.compat.v1.constant_initializer
  weights = np.linspace(-1, 1, 2 * 8).reshape(2, 8)
  net = tf.compat.v1.layers.dense(
    features['x'], 8, tf.nn.relu, kernel_initializer=constant(weights)
  )
  net = tf.compat.v1.layers.dropout(net, rate=0.0, training=training)
  logits = {
    'kind': tf.compat.v1.layers.dense(
      net, 3, kernel_initializer=constant(0.1), name='kind'
    ),
    'size': tf.compat.v1.layers.dense(
      net, 1, kernel_initializer=constant(0.1), name='size'
    ),
  }

  def train_op_fn(loss):
    optimizer = tf.compat.v1.train.AdamOptimizer(0.05)
    return optimizer.minimize(loss, tf.compat.v1.train.get_global_step())

  return HEAD.create_estimator_spec(
    features=features,
    mode=mode,
    labels=labels,
    logits=logits,
    train_op_fn=train_op_fn,
  )


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  estimator = tf.estimator.Estimator(model_fn, model_dir=args.model_dir)
  estimator.train(lambda: input_fn(200, 1, epochs=10))
  metrics = estimator.evaluate(lambda: input_fn(100, 2, epochs=1))
  predictions = next(estimator.predict(lambda: input_fn(100, 2, epochs=1)))
  keys = sorted('/'.join(key) for key in predictions)
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'prediction keys': keys,
      'first': {
        'kind': int(predictions[('kind', 'class_ids')][0]),
        'size': float(predictions[('size', 'predictions')][0]),
      },
    }),
  )


if __name__ == '__main__':
  main()
