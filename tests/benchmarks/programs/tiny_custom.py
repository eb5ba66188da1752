"""Times the steps of a tiny custom model_fn, as TensorFlow's own hook sees it.

The model costs next to nothing, so that what remains is the price of a step.
Prints one JSON object: microseconds a step by scenario, and the rest.
"""

import argparse
import glob
import json
import os
import statistics
import tempfile
import time

import numpy as np
import tensorflow as tf

tf1 = tf.compat.v1
CHUNK = 500  # steps between two looks at the clock
QUIET = {'save_summary_steps': 0, 'log_step_count_steps': None}


def model_fn(features, labels, mode):
  w = tf1.get_variable('w', [8, 1])
  b = tf1.get_variable('b', [1], initializer=tf1.zeros_initializer())
  predictions = tf.matmul(features, w) + b
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
      mode, predictions={'y': predictions, 'twice': 2.0 * predictions}
    )
  loss = tf.reduce_mean(tf.square(predictions - labels))
  train_op = tf1.train.GradientDescentOptimizer(0.01).minimize(
    loss, tf1.train.get_global_step()
  )
  return tf.estimator.EstimatorSpec(
    mode,
    loss=loss,
    train_op=train_op,
    eval_metric_ops={'mean': tf1.metrics.mean(loss)},
  )


def input_fn(rows=None):
  rng = np.random.RandomState(0)
  x = rng.normal(size=[16, 8]).astype(np.float32)
  dataset = tf.data.Dataset.from_tensors((x, x.sum(1, keepdims=True)))
  return dataset.repeat(rows)


class Watcher(tf.estimator.SessionRunHook):
  """A hook of the user's own: it wants to see every step."""

  def before_run(self, run_context):
    return tf.estimator.SessionRunArgs(tf1.train.get_global_step())

  def after_run(self, run_context, run_values):
    self.last = run_values.results


class FirstStep(tf.estimator.SessionRunHook):
  """Looks at the clock when the first step is done."""

  time = None

  def after_run(self, run_context, run_values):
    self.time = self.time or time.perf_counter()


def stock_hooks(model_dir):
  """TensorFlow's own, with their defaults, beside those that are there anyhow.

  Left out: FeedFnHook, which feeds each step.
  """
  with tf.Graph().as_default():  # the profiler's hook opens a writer at once
    profiler = tf1.train.ProfilerHook(save_secs=600, output_dir=model_dir)
  return [
    profiler,
    tf1.train.CheckpointSaverHook(model_dir, save_secs=600),
    tf1.train.FinalOpsHook([]),
    tf1.train.GlobalStepWaiterHook(0),
    tf1.train.LoggingTensorHook(['global_step:0'], every_n_iter=100),
    tf1.train.StopAtStepHook(last_step=10**9),
  ]


def make(model_dir, **cadences):
  config = tf.estimator.RunConfig(
    model_dir=model_dir, tf_random_seed=1, **cadences
  )
  return tf.estimator.Estimator(model_fn, config=config)


def chunk_times(model_dir):
  """Microseconds a step, one value a chunk, the first two left out."""
  pattern = os.path.join(model_dir, 'events.out.tfevents.*')
  times = [
    1e6 / value.simple_value
    for path in sorted(glob.glob(pattern))
    for event in tf1.train.summary_iterator(path)
    for value in event.summary.value
    if value.tag == 'global_step/sec'
  ]
  return times[2:]


def time_training(chunks, hooks, **cadences):
  with tempfile.TemporaryDirectory() as model_dir:
    if hooks == 'stock':
      hooks = stock_hooks(model_dir)
    # A clock of the reference's own, which reports each CHUNK steps.
    clock = tf1.train.StepCounterHook(CHUNK, output_dir=model_dir)
    make(model_dir, **cadences).train(
      input_fn, hooks=[clock, *hooks], steps=CHUNK * (chunks + 2) + 1
    )
    return statistics.median(chunk_times(model_dir))


def time_evaluation(chunks):
  """Seconds for 1,000 batches: a long evaluation less a short one."""
  with tempfile.TemporaryDirectory() as model_dir:
    estimator = make(model_dir)
    estimator.train(input_fn, steps=1)
    seconds = []
    for steps in (CHUNK, CHUNK * (4 * chunks + 1)):
      start = time.perf_counter()
      estimator.evaluate(input_fn, steps=steps, name=str(steps))
      seconds.append(time.perf_counter() - start)
    return 1e3 * (seconds[1] - seconds[0]) / (CHUNK * 4 * chunks)


def time_prediction(chunks):
  """Examples a second: a long prediction less a short one."""
  with tempfile.TemporaryDirectory() as model_dir:
    estimator = make(model_dir)
    estimator.train(input_fn, steps=1)
    seconds = []
    for batches in (10, CHUNK * chunks + 10):
      start = time.perf_counter()
      for _ in estimator.predict(lambda n=batches: input_fn(n)):
        pass
      seconds.append(time.perf_counter() - start)
    return 16 * CHUNK * chunks / (seconds[1] - seconds[0])


def time_first_step(repeats):
  """Seconds from train() to the end of the first step, without the first."""
  seconds = []
  for _ in range(repeats + 1):
    with tempfile.TemporaryDirectory() as model_dir:
      hook = FirstStep()
      start = time.perf_counter()
      make(model_dir).train(input_fn, steps=1, hooks=[hook])
      seconds.append(hook.time - start)
  return statistics.median(seconds[1:])


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument('--chunks', type=int, default=10)
  chunks = parser.parse_args().chunks
  tf1.logging.set_verbosity(tf1.logging.ERROR)
  print(
    json.dumps(
      {
        'TensorFlow': tf.__version__,
        'train, no hooks: us a step': time_training(chunks, [], **QUIET),
        'train, default hooks: us a step': time_training(chunks, []),
        'train, all stock hooks: us a step': time_training(chunks, 'stock'),
        'train, a hook of your own: us a step': time_training(
          chunks, [Watcher()]
        ),
        'evaluate: s for 1,000 batches': time_evaluation(chunks),
        'predict: examples a second': time_prediction(chunks),
        'train() to first step: s': time_first_step(5),
      }
    )
  )


if __name__ == '__main__':
  main()
