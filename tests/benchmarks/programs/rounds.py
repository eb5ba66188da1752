"""Prints what a training with an evaluation every 100 steps takes, in seconds.

rounds.py MODEL
"""

import argparse
import json
import tempfile
import time

import models
import tensorflow as tf

STEPS, ROUNDS, BATCHES = 100, 20, 16
TITLE = f'{ROUNDS} x ({STEPS} steps, {BATCHES} batches)'  # trained, evaluated


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('name', choices=models.MODELS)
  name = parser.parse_args().name
  tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
  model = models.MODELS[name]
  given = models.once(model, BATCHES * model.batch, model.batch)
  with tempfile.TemporaryDirectory() as model_dir:
    estimator = models.estimator(model, model_dir, save_checkpoints_steps=STEPS)
    start = time.perf_counter()
    tf.estimator.train_and_evaluate(
      estimator,
      tf.estimator.TrainSpec(models.cached(model), max_steps=ROUNDS * STEPS),
      tf.estimator.EvalSpec(given, steps=None, throttle_secs=0),
    )
    seconds = time.perf_counter() - start
  print(json.dumps({'TensorFlow': tf.__version__, TITLE: seconds}))


if __name__ == '__main__':
  main()
