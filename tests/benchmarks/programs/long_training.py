"""Trains a tiny model for long in one call, or calls its Estimator often.

    python -m tests.benchmarks.programs.long_training steps MODEL_DIR 1000000
    python -m tests.benchmarks.programs.long_training calls MODEL_DIR 1000

Prints JSON: the seconds that it took, and the memory of the process on the way, as
pairs of (global step or number of calls, MB).
"""

import json
import pathlib
import resource
import sys
import time

import tensorflow as tf

from tests import tiny

v1 = tf.compat.v1
SAVE_STEPS = 50_000


def memory():
  """The memory of the process, in MB."""
  pages = int(pathlib.Path('/proc/self/statm').read_text('ascii').split()[1])
  return round(pages * resource.getpagesize() / 2**20, 1)


class _Measure(v1.train.CheckpointSaverListener):
  """Measures when a checkpoint has been saved."""

  def __init__(self):
    self.found = []

  def after_save(self, session, global_step_value):
    del session
    self.found.append((int(global_step_value), memory()))


class _Loss(v1.train.SessionRunHook):
  """Sees each step, as a hook of a user's own does."""

  def before_run(self, run_context):
    return v1.train.SessionRunArgs('Mean:0')

  def after_run(self, run_context, run_values):
    self.last = run_values.results


def steps(model_dir, count, *own):
  """Trains in one call, with each stock hook that a training may have."""
  estimator = tiny.estimator(
    model_dir,
    save_summary_steps=100,
    log_step_count_steps=100,
    save_checkpoints_steps=SAVE_STEPS,
  )
  with tf.Graph().as_default():  # it makes a FileWriter at once
    profiler = v1.train.ProfilerHook(
      count // 4, output_dir=f'{model_dir}/profile'
    )
  hooks = [
    profiler,
    v1.train.LoggingTensorHook(['Mean'], every_n_iter=1000),
    v1.train.StopAtStepHook(last_step=count),
    v1.train.StepCounterHook(1000, output_dir=f'{model_dir}/counter'),
    v1.train.GlobalStepWaiterHook(0),
    *(_Loss() for _ in own),
  ]
  measure = _Measure()
  estimator.train(
    tiny.batches(), hooks, max_steps=count, saving_listeners=[measure]
  )
  return measure.found


def calls(model_dir, count):
  """Trains, evaluates and predicts in turn, one step each."""
  estimator = tiny.estimator(model_dir, log_step_count_steps=1)
  kinds = (
    lambda: estimator.train(tiny.batches(), steps=1),
    lambda: estimator.evaluate(tiny.batches(1)),
    lambda: list(estimator.predict(tiny.batches(1))),
  )
  found = []
  for number in range(count):
    kinds[number % len(kinds)]()
    if number % (count // 20) == count // 20 - 1:
      found.append((number + 1, memory()))
  return found


if __name__ == '__main__':
  kind, model_dir, count, *own = sys.argv[1:]
  tf.get_logger().setLevel('ERROR')
  run = {'steps': steps, 'calls': calls}[kind]
  start = time.perf_counter()
  found = run(model_dir, int(count), *own)
  print(json.dumps({'seconds': time.perf_counter() - start, 'memory': found}))
