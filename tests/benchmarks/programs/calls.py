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

    def evaluate(batches):
      given = models.once(model, batches * model.batch, model.batch)
      return lambda: estimator.evaluate(given)

    def predict(examples):
      given = models.once(model, examples, 128)
      return lambda: list(estimator.predict(given))

    start = time.perf_counter()
    estimator.train(endless, steps=1)
    result = {
      'TensorFlow': tf.__version__,
      'first train(steps=1) of a process': time.perf_counter() - start,
    }
    for what, call in {
      'train(steps=200)': lambda: estimator.train(endless, steps=200),
      'evaluate, 16 batches': evaluate(16),
      'evaluate, 64 batches': evaluate(64),
      'predict, 8,192 examples': predict(8192),
      'predict, 81,920 examples': predict(81920),
    }.items():
      result[what] = fastest(args.repeats, call)
  print(json.dumps(result))


if __name__ == '__main__':
  main()
