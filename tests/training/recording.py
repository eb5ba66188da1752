"""Offers EvalSpecs that write down when they evaluate and export."""

import re

import tensorflow as tf

from tests import tiny
from tfcompat_estimator.records import train_eval_spec

v1 = tf.compat.v1


class Exporter(train_eval_spec.Exporter):
  """Writes down at which checkpoints it was called."""

  def __init__(self, name, calls):
    self._name = name
    self._calls = calls

  @property
  def name(self):
    return self._name

  def export(self, checkpoint_path, eval_result, is_the_final_export, **_):
    step = int(re.search(r'-(\d+)$', checkpoint_path)[1])
    assert step == eval_result['global_step']
    self._calls.append(
      f'{self._name}{step}{"!" if is_the_final_export else ""}'
    )
    return step


class Hook(v1.train.SessionRunHook):
  """Writes down that an evaluation ends."""

  def __init__(self, calls, name):
    self._calls = calls
    self._name = name

  def end(self, session):
    self._calls.append(self._name)


def spec(calls, name, **arguments):
  """An EvalSpec that appends to `calls` what becomes of it."""
  defaults = {'throttle_secs': 0, 'start_delay_secs': 0, 'steps': 1}
  return train_eval_spec.EvalSpec(
    tiny.batches(),
    name=name,
    hooks=[Hook(calls, f'eval_{name}')],
    exporters=Exporter(f'to_{name}', calls),
    **{**defaults, **arguments},
  )
