"""Ends training by SIGTERM; then resumes."""

import math
import os
import pathlib
import signal
import subprocess
import sys
import threading
import weakref

import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tfcompat_estimator.loop import termination

v1 = tf.compat.v1

PROGRAM = """
import sys
from tests.checkpoint import small_model
print('start', flush=True)
small_model.train(
  sys.argv[1], 10**9, save_checkpoints_steps=None, save_checkpoints_secs=600,
  save_summary_steps=None)
print('never')
"""
ROOT = pathlib.Path(__file__).parents[2]


def wait_for(condition, process):
  while not condition():
    assert process.poll() is None, process.communicate()
    try:
      process.wait(0.05)
    except subprocess.TimeoutExpired:
      continue


def test_sigterm_saves_and_ends(model_dir):
  """SIGTERM ends training with a checkpoint of the step it had got to."""
  process = subprocess.Popen(
    [sys.executable, '-c', PROGRAM, model_dir],
    cwd=ROOT,
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )
  first = os.path.join(model_dir, 'checkpoint')
  wait_for(lambda: os.path.exists(first), process)
  with pytest.raises(subprocess.TimeoutExpired):
    process.wait(1)
  process.send_signal(signal.SIGTERM)
  out, err = process.communicate(timeout=60)

  assert process.returncode == 143, err
  assert 'never' not in out
  assert 'SIGTERM: training stops' in err
  step = small_model.steps_on_disk(model_dir)[-1]
  assert step > 0
  assert small_model.make(model_dir).get_variable_value('global_step') == step


def test_own_handlers_and_threads_are_left_alone(model_dir):
  """A program's own SIGTERM handler stays; so does the default, afterwards."""
  assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
  small_model.train(model_dir, 1)
  assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
  seen = []
  hook = v1.train.FinalOpsHook(tf.no_op)
  hook.begin = lambda: seen.append(signal.getsignal(signal.SIGTERM))
  thread = threading.Thread(
    target=lambda: small_model.make(model_dir).train(
      small_model.input_fn, max_steps=2
    )
  )
  thread.start()
  thread.join()
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  try:
    small_model.train(model_dir, 3)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
  finally:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
  assert small_model.steps_on_disk(model_dir) == [0, 1, 2, 3]


def asked_to_end():
  """Runs a block that is told to end; what its hook said before and after."""
  said = []
  with termination.graceful() as hook:
    said.append(hook.runs_before_control(0))
    os.kill(os.getpid(), signal.SIGTERM)
    said.append(hook.runs_before_control(0))
    yield said


def test_a_signal_asks_for_the_next_step_and_exits_after_the_block():
  """The exit code is what shells report; the default handler is back."""
  block = asked_to_end()
  assert next(block) == [math.inf, 0]
  with pytest.raises(SystemExit) as caught:
    next(block)

  assert caught.value.code == 143
  assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def end_at_once():
  with termination.at_once():
    os.kill(os.getpid(), signal.SIGTERM)
    pytest.fail('went on')


def test_roles_without_anything_to_save_end_at_once():
  """By an exception where the signal came."""
  with pytest.raises(SystemExit) as caught:
    end_at_once()

  assert caught.value.code == 143
  assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


class _Referent:
  """What a weak reference may point to."""


@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')
def test_at_once_ends_though_python_ignores_the_exception():
  """A signal in the callback of a weak reference ends the block, if late."""
  referents = [_Referent()]
  weak = weakref.ref(
    referents[0], lambda _: signal.raise_signal(signal.SIGTERM)
  )
  seen = []

  def evaluate():
    with termination.at_once() as has_come:
      seen.append(has_come.is_set())
      referents.clear()
      seen.append(has_come.is_set())

  with pytest.raises(SystemExit) as caught:
    evaluate()
  assert caught.value.code == 143
  assert seen == [False, True]
  assert weak() is None
  assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
