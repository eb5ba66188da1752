"""Runs functions in forked children, which a test may kill.

TensorFlow is imported once, here, and used only in the children: so a child
starts in no time. Commands come as lines of JSON, one child at a time.
"""

import json
import os
import sys
import time

from tests import answering


class Nursery(answering.Answering):
  """The process that forks children; to be used by a test."""

  def __init__(self):
    super().__init__('tests.checkpoint.nursery')

  def run(self, function, *arguments, kill_after=None):
    """Runs a function of this module; returns the child's wait status."""
    child = self.ask([function, *arguments])
    if kill_after is not None:
      time.sleep(kill_after)
      try:
        os.kill(child, 9)
      except ProcessLookupError:
        print('The child had ended before it was to be killed.')
    return self.answer()


def train(model_dir, max_steps, config):
  """Trains to a step, with a checkpoint at each."""
  from tests.checkpoint import small_model

  small_model.train(model_dir, max_steps, **config)


def train_and_evaluate(model_dir, max_steps):
  """Trains to a step; evaluates and exports at every fifth one."""
  import tfcompat_estimator
  from tests.checkpoint import small_model
  from tfcompat_estimator.records import train_eval_spec
  from tfcompat_estimator.training import exporters

  estimator = small_model.make(model_dir, save_checkpoints_steps=5)
  tfcompat_estimator.train_and_evaluate(
    estimator,
    train_eval_spec.TrainSpec(small_model.input_fn, max_steps),
    train_eval_spec.EvalSpec(
      small_model.eval_input_fn,
      throttle_secs=0,
      exporters=[
        exporters.LatestExporter('latest', receiver, exports_to_keep=2),
        exporters.BestExporter('best', receiver, exports_to_keep=2),
        exporters.FinalExporter('final', receiver),
      ],
    ),
  )


def read_on(model_dir, steps=None):
  """Trains on the numbers of the steps; fails where one is another."""
  from tests.hooks import positions
  from tfcompat_estimator.hooks import input_position

  estimator = positions.estimator(
    model_dir, save_checkpoints_steps=3, keep_checkpoint_max=1
  )
  hooks = [positions.SameAsStep()]
  hooks.append(input_position.CheckpointInputPipelineHook(estimator))
  estimator.train(positions.numbers, hooks, steps=steps)


def keep_best(model_dir):
  """Tells an exporter of ever better evaluations, until it is killed."""
  import itertools

  from tests import tiny
  from tests.training import best_checkpoints_test
  from tfcompat_estimator.training import best_checkpoints

  exporter = best_checkpoints.BestCheckpointExporter(keep=2)
  for count in itertools.count():
    best_checkpoints_test.export(
      tiny.estimator(model_dir), exporter, count % 6, -time.time() + 1.7e9
    )


def export_forever(model_dir, base):
  """Exports until it is killed, with assets and several modes."""
  from tests.checkpoint import small_model

  while True:
    export(small_model.make(model_dir), base)


def export_once(model_dir, base):
  """Exports one version."""
  from tests.checkpoint import small_model

  export(small_model.make(model_dir), base)


def export(estimator, base):
  estimator.export_saved_model(base, receiver, {'notes.txt': __file__})


def receiver():
  import tensorflow as tf

  from tfcompat_estimator.saved_models import receivers

  x = tf.compat.v1.placeholder(tf.float32, [None, 2])
  return receivers.ServingInputReceiver({'x': x}, {'x': x})


def _main():
  import tensorflow as tf  # noqa: F401

  print('ready', flush=True)
  for line in sys.stdin:
    function, *arguments = json.loads(line)
    child = os.fork()
    if child == 0:
      sys.stdin.close()
      try:
        globals()[function](*arguments)
      except BaseException:  # noqa: BLE001
        import traceback

        traceback.print_exc()
        os._exit(1)
      os._exit(0)
    print(child, flush=True)
    _, status = os.waitpid(child, 0)
    print(status, flush=True)


if __name__ == '__main__':
  _main()
