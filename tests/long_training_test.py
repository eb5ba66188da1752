"""Trains for a million steps, and calls an Estimator a thousand times."""

import json
import pathlib

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests import fresh

pytestmark = pytest.mark.slow

STEPS = 1_000_000


def run(kind, model_dir, *arguments):
  """What the program prints, in a process of its own."""
  program = ('-m', 'tests.benchmarks.programs.long_training')
  printed = fresh.printed(*program, kind, model_dir, *arguments)
  return json.loads(printed.splitlines()[-1])


def assert_flat(memory, megabytes):
  """The second half of a run takes hardly more memory than the first."""
  half = len(memory) // 2
  first, second = (
    max(size for _, size in part) for part in (memory[1:half], memory[half:])
  )
  assert second < first + megabytes, memory


def test_a_million_steps(model_dir):
  """With all stock hooks: memory is flat, events and checkpoints are there."""
  memory = run('steps', model_dir, STEPS)['memory']

  assert_flat(memory, 10)
  assert [step for step, _ in memory] == list(range(0, STEPS + 1, 50_000))
  losses = {
    row.step: row.value
    for row in tfcompat_estimator.history(model_dir)
    if row.tag == 'loss'
  }
  assert sorted(losses) == list(range(1, STEPS, 100))
  rates = [
    row.step
    for row in tfcompat_estimator.history(f'{model_dir}/counter')
    if row.tag == 'global_step/sec'
  ]
  assert rates == list(range(1001, STEPS, 1000))
  checkpoints = tf.train.get_checkpoint_state(model_dir)
  assert [
    int(path.rpartition('-')[2])
    for path in checkpoints.all_model_checkpoint_paths
  ] == list(range(STEPS - 200_000, STEPS + 1, 50_000))
  assert len(list(pathlib.Path(model_dir, 'profile').iterdir())) > 2


def test_many_steps_that_a_hook_sees(model_dir):
  """Steps that are not fused leave nothing behind, either."""
  memory = run('steps', model_dir, 300_000, 'own')['memory']

  assert_flat(memory, 10)
  assert memory[-1][0] == 300_000


def test_a_thousand_calls(model_dir):
  """Of train, evaluate and predict in turn: memory is flat."""
  memory = run('calls', model_dir, 1000)['memory']

  assert_flat(memory, 20)
  evaluated = {
    row.step
    for row in tfcompat_estimator.history(model_dir)
    if row.name == 'eval'
  }
  assert evaluated == set(range(1, 334))
