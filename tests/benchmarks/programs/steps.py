"""Prints what steps of models cost, in microseconds: a JSON object.

A step costs what it costs in the fastest window of 100 steps of a training, as
Estimator's own hook writes it to the event file: on a machine that others use,
the mean says more about these.

    steps.py [--hook KIND] MODEL...

KIND: `watches` is a hook that looks at each step, `reads` one that asks the session
for the global step after each step, too.
"""

import argparse
import glob
import json
import os
import tempfile

import models
import tensorflow as tf

tf1 = tf.compat.v1


class Watcher(tf1.train.SessionRunHook):
  """A hook of the user's own: it wants to see every step."""

  def before_run(self, run_context):
    return tf1.train.SessionRunArgs(tf1.train.get_global_step())

  def after_run(self, run_context, run_values):
    self.last = run_values.results


class Reader(Watcher):
  """One that runs something itself."""

  def after_run(self, run_context, run_values):
    self.last = run_context.session.run(tf1.train.get_global_step())


HOOKS = {None: [], 'watches': [Watcher()], 'reads': [Reader()]}


def fastest(model_dir):
  """Microseconds a step, in the fastest window."""
  pattern = os.path.join(model_dir, 'events.out.tfevents.*')
  return min(
    1e6 / value.simple_value
    for path in glob.glob(pattern)
    for event in tf1.train.summary_iterator(path)
    for value in event.summary.value
    if value.tag == 'global_step/sec'
  )


def main():
  parser = argparse.ArgumentParser()
  parser.add_argument('--hook', choices=[kind for kind in HOOKS if kind])
  parser.add_argument('names', nargs='+', choices=models.MODELS)
  args = parser.parse_args()
  tf1.logging.set_verbosity(tf1.logging.ERROR)
  result = {'TensorFlow': tf.__version__}
  for name in args.names:
    model = models.MODELS[name]
    with tempfile.TemporaryDirectory() as model_dir:
      models.estimator(model, model_dir).train(
        models.cached(model),
        hooks=HOOKS[args.hook],
        steps=model.steps,
      )
      result[name] = fastest(model_dir)
  print(json.dumps(result))


if __name__ == '__main__':
  main()
