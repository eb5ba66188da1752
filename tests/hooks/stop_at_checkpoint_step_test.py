"""Tests the hook that ends training at the step of a checkpoint."""

import json
import time

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.distribution import rendezvous
from tfcompat_estimator.hooks import stop_at_checkpoint_step

v1 = tf.compat.v1


def _worker(monkeypatch, model_dir):
  tf_config = {
    'cluster': {'chief': ['a:1'], 'worker': ['b:1']},
    'task': {'type': 'worker', 'index': 0},
  }
  monkeypatch.setenv('TF_CONFIG', json.dumps(tf_config))
  estimator = tiny.estimator(model_dir)
  monkeypatch.delenv('TF_CONFIG')
  return estimator


@pytest.mark.parametrize(('last_step', 'expected'), [(3, 3), (1, 1)])
def test_chief_stops_at_the_step(tmp_path, last_step, expected):
  """The chief makes the last step and no more."""
  estimator = tiny.estimator(tmp_path)
  hook = stop_at_checkpoint_step.make_stop_at_checkpoint_step_hook(
    estimator, last_step
  )
  assert isinstance(hook, v1.train.StopAtStepHook)
  estimator.train(tiny.batches(), hooks=[hook])
  assert estimator.get_variable_value('global_step') == expected


def test_worker_stops_at_the_checkpoint(tmp_path, monkeypatch):
  """A worker stops after a step once the checkpoint has got there."""
  estimator = tiny.estimator(tmp_path)
  estimator.train(tiny.batches(), steps=3)
  hook = stop_at_checkpoint_step.make_stop_at_checkpoint_step_hook(
    _worker(monkeypatch, tmp_path), last_step=3
  )
  estimator.train(tiny.batches(), hooks=[hook], steps=5)
  assert estimator.get_variable_value('global_step') == 4


def test_worker_waits_for_the_checkpoint(tmp_path):
  """At the last step a worker waits rather than works."""
  estimator = tiny.estimator(tmp_path)
  waits = []
  hook = stop_at_checkpoint_step._StopAtCheckpointStepHook(  # noqa: SLF001
    str(tmp_path), last_step=3, wait_after_file_check_secs=7, sleep=waits.append
  )
  estimator.train(tiny.batches(), hooks=[hook], steps=5)
  assert waits == [7, 7, 7]


@pytest.mark.parametrize('arguments', [('/m', None), (None, 3)])
def test_missing_arguments(arguments):
  """A worker's hook needs the directory and the step."""
  with pytest.raises(ValueError, match='None'):
    stop_at_checkpoint_step._StopAtCheckpointStepHook(*arguments)  # noqa: SLF001


def test_a_patched_sleep_is_seen(monkeypatch, tmp_path):
  """Tests of programs patch `time.sleep` after the package was imported."""
  slept = []
  monkeypatch.setattr(time, 'sleep', slept.append)
  values = v1.train.SessionRunValues(5, None, None)
  hook = stop_at_checkpoint_step._StopAtCheckpointStepHook(str(tmp_path), 5)  # noqa: SLF001

  hook.after_run(None, values)
  rendezvous.Wait(9).go_on('It is a test.')

  assert slept[0] == 30
  assert len(slept) == 2
