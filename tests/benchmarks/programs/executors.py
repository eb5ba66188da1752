"""Prints what a step costs in each of TensorFlow's executors, called in turn.

    executors.py MODEL...

The usual executor hands operations to threads, the other one runs all of them in the
caller's thread. A line for each size of a batch: the operations of the step, its
time through the usual one in microseconds, and how many times as long that is as
through the other one. The tenth of the fastest calls counts, and the fastest.
"""

import sys
import tempfile
import time

import models
import tensorflow as tf
from steps import Watcher

from tfcompat_estimator.session_emulation.run import executors

BATCHES = (16, 128, 512, 2048)
STEPS = 2000
WARM_UP = 40
MADE = []


class Turns(executors.FasterCalls):
  """Calls through the two in turn, and keeps the times of each."""

  def __init__(self, program):
    super().__init__(program)
    self.times = ([], [])
    MADE.append(self)

  def __call__(self):
    turn = len(self.times[0]) > len(self.times[1])
    self._in_one_thread = turn and executors.is_simple(self._program)
    start = time.perf_counter()
    values = self._call()
    self.times[turn].append(time.perf_counter() - start)
    return values

  def operations(self):
    return len(self._program.compiled.graph.get_operations())


def tenth(times):
  """The fastest, and the tenth of the fastest."""
  ordered = sorted(times[WARM_UP:])
  return ordered[0], ordered[len(ordered) // 10]


def measure(name, batch):
  """Prints the line of a model at one size of batches."""
  MADE.clear()
  model = models.MODELS[name]._replace(batch=batch)
  with tempfile.TemporaryDirectory() as model_dir:
    models.estimator(model, model_dir).train(
      models.cached(model), hooks=[Watcher()], steps=STEPS
    )
  step = max(MADE, key=lambda each: len(each.times[0]))
  if len(step.times[1]) < 2 * WARM_UP:
    return  # a whole pass over the data is one batch
  usual, other = map(tenth, step.times)
  print(
    f'{name:32}{batch:6}{step.operations():6}{usual[0] * 1e6:10.0f}'
    f'{usual[0] / other[0]:8.2f}{usual[1] / other[1]:8.2f}',
    flush=True,
  )


def main():
  tf.compat.v1.logging.set_verbosity('ERROR')
  executors.FasterCalls = Turns
  for name in sys.argv[1:] or models.MODELS:
    for batch in BATCHES:
      measure(name, batch)


if __name__ == '__main__':
  main()
