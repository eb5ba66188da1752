"""Prints what whole calls cost, in seconds: a JSON object of minima.

calls.py [--repeats N] MODEL
"""

import argparse
import json
import tempfile
import time

import models
import tensorflow as tf

tf1 = tf.compat.v1


def fastest(repeats, call):
  """Seconds of the fastest of some calls, after one to get warm."""
  seconds = []
  for _ in range(repeats + 1):
    start = time.perf_counter()
    call()
    seconds.append(time.perf_counter() - start)
  return min(seconds[1:])


# Batches of the model's size to evaluate, examples to predict.
SIZES = {
  'evaluate, 16 batches': 16,
  'evaluate, 64 batches': 64,
  'predict, 8,192 examples': 8192,
  'predict, 81,920 examples': 81920,
}


def input_of(model, what, size):
  """The input_fn of a row of SIZES."""
  if what.startswith('evaluate'):
    return models.once(model, size * model.batch, model.batch)
  return models.once(model, size, 128)


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--repeats', type=int, default=3)
  parser.add_argument('name', choices=models.MODELS)
  args = parser.parse_args()
  tf1.logging.set_verbosity(tf1.logging.ERROR)
  model = models.MODELS[args.name]
  endless = models.cached(model)
  with tempfile.TemporaryDirectory() as model_dir:
    estimator = models.estimator(model, model_dir)

    def call_of(what, size):
      given = input_of(model, what, size)
      if what.startswith('evaluate'):
        return lambda: estimator.evaluate(given)
      return lambda: list(estimator.predict(given))

    start = time.perf_counter()
    estimator.train(endless, steps=1)
    result = {
      'TensorFlow': tf.__version__,
      'first train(steps=1) of a process': time.perf_counter() - start,
    }
    for what, call in {
      'train(steps=200)': lambda: estimator.train(endless, steps=200),
      **{what: call_of(what, size) for what, size in SIZES.items()},
    }.items():
      result[what] = fastest(args.repeats, call)
  print(json.dumps(result))


if __name__ == '__main__':
  main()
