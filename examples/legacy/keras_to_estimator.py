"""Turns a compiled Keras model into an Estimator and trains that."""

import argparse
import json

import numpy as np
import tensorflow as tf


def make_model():
  ones = tf.keras.initializers.Constant(0.1)
  model = tf.keras.Sequential([
    tf.keras.layers.Dense(
      8, activation='relu', input_shape=(4,), kernel_initializer=ones
    ),
    tf.keras.layers.BatchNormalization(),
    tf.keras.layers.Dense(1, kernel_initializer=ones, name='price'),
  ])
  model.compile(
    optimizer=tf.keras.optimizers.legacy.SGD(0.05),
    loss='mse',
    metrics=['mean_absolute_error'],
  )
  return model


def input_fn(seed, epochs):
  random = np.random.RandomState(seed)
  x = random.uniform(-1, 1, (160, 4)).astype(np.float32)
  y = (x.sum(axis=1, keepdims=True) * 2 + 1).astype(np.float32)
  data = tf.data.Dataset.from_tensor_slices(({'dense_input': x}, y))
  return data.repeat(epochs).batch(32)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--model_dir')
  args = parser.parse_args()

  model = make_model()
  estimator = tf.keras.estimator.model_to_estimator(
    keras_model=model, model_dir=args.model_dir
  )
  input_name = model.input_names[0]

  def named(seed, epochs):
    return input_fn(seed, epochs).map(
      lambda x, y: ({input_name: x['dense_input']}, y)
    )

  estimator.train(lambda: named(1, epochs=None), steps=60)
  metrics = estimator.evaluate(lambda: named(2, epochs=1))
  print(metrics)
  predictions = [
    float(p['price'][0]) for p in estimator.predict(lambda: named(2, epochs=1))
  ]
  print(
    'RESULT',
    json.dumps({
      'metrics': {k: float(v) for k, v in metrics.items()},
      'predictions': predictions[:5],
      'variables': len(estimator.get_variable_names()),
    }),
  )


if __name__ == '__main__':
  main()
