"""Trains and evaluates a tiny model, writing down what happens at which step."""

import importlib
import os

import tensorflow as tf

from tests import tiny
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import checkpoint_evaluation
from tfcompat_estimator.training import exporters as exporters_lib

v1 = tf.compat.v1
# In the package, the public function of this name stands before the module.
training = importlib.import_module(
  'tfcompat_estimator.training.train_and_evaluate'
)


class Exporter(exporters_lib.NamedExporter):
  """Writes down its calls; returns the step, or None while not final."""

  def __init__(self, calls, name='e', only_final=False):
    super().__init__(name)
    self._calls = calls
    self._only_final = only_final

  def export(self, *, estimator, export_path, checkpoint_path, **how):
    step = int(how['eval_result']['global_step'])
    assert checkpoint_path.endswith(f'model.ckpt-{step}')
    assert export_path == os.path.join(
      estimator.model_dir, 'export', self._name
    )
    is_final = how['is_the_final_export']
    self._calls.append(f'{self._name}@{step} final={is_final}')
    return step if is_final or not self._only_final else None


class Evaluated(v1.train.SessionRunHook):
  """Writes down at which step an evaluation was."""

  def __init__(self, calls):
    self._calls = calls

  def end(self, session):
    step = session.run(v1.train.get_global_step())
    self._calls.append(f'eval@{step}')


def run(
  trained,
  calls,
  count=None,
  max_steps=5,
  stop_after=None,
  exporters=None,
  executor=training.train_and_evaluate,
  **eval_arguments,
):
  """Trains and evaluates, writing down evaluations, exports and the end.

  Args:
    trained: The estimator.
    calls: The list that they are appended to.
    count: How many batches the input has; None for no end.
    max_steps: Where training ends.
    stop_after: After how many steps a hook stops it, or None.
    exporters: Those of the EvalSpec. Default: one that writes down its calls.
    executor: What is given the estimator and both specs.
    **eval_arguments: Those of the EvalSpec.
  """

  class End(v1.train.SessionRunHook):
    def end(self, session):
      calls.append('end')

  hooks = [End()]
  if stop_after:
    hooks.append(tiny.Recorder([], 'S', stop_after))
  train_spec = train_eval_spec.TrainSpec(tiny.batches(count), max_steps, hooks)
  defaults = {'throttle_secs': 0, 'start_delay_secs': 0, 'steps': 1}
  eval_spec = train_eval_spec.EvalSpec(
    tiny.batches(),
    hooks=[Evaluated(calls)],
    exporters=Exporter(calls) if exporters is None else exporters,
    **{**defaults, **eval_arguments},
  )
  return executor(trained, train_spec, eval_spec)


def estimator(tmp_path):
  """The tiny model, saved at each second step."""
  return tiny.estimator(tmp_path, save_checkpoints_steps=2)


class Limited(checkpoint_evaluation.EvalListener):
  """Ends it before or after some evaluation."""

  def __init__(self, before=None, after=None):
    self._before = before
    self._after = after
    self.results = []

  def before_eval(self):
    return len(self.results) != self._before

  def after_eval(self, result):
    self.results.append(result)
    return len(self.results) != self._after
