"""Trains where another process trains: a warning names the directory."""

import subprocess
import sys

import pytest
import tensorflow as tf

from tests import tiny

v1 = tf.compat.v1

# Trains until a line comes in.
TRAINING = """
import sys
import tensorflow as tf
from tests import tiny

class Wait(tf.compat.v1.train.SessionRunHook):
  def after_create_session(self, session, coord):
    print('training', flush=True)
    sys.stdin.readline()

tiny.estimator(sys.argv[1]).train(tiny.batches(), [Wait()], steps=1)
"""


@pytest.fixture
def warnings(monkeypatch):
  """The warnings that the package gives, as they are logged."""
  said = []
  monkeypatch.setattr(
    v1.logging, 'warning', lambda text, *values: said.append(text % values)
  )
  return said


@pytest.fixture
def other(model_dir):
  """A process that is training in the directory."""
  with subprocess.Popen(
    [sys.executable, '-c', TRAINING, model_dir],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
  ) as process:
    try:
      assert process.stdout.readline() == 'training\n'
      yield process
    finally:
      process.kill()


def test_two_trainings_in_one_directory(model_dir, other, warnings):
  """The second says so, and names the directory; the one after it does not."""
  estimator = tiny.estimator(model_dir)

  estimator.train(tiny.batches(), steps=1)

  (warning,) = [text for text in warnings if 'Another training' in text]
  assert model_dir in warning
  warnings.clear()
  other.communicate('go on\n')
  estimator.train(tiny.batches(), steps=1)
  assert not [text for text in warnings if 'Another training' in text]


def test_other_calls_beside_a_training(model_dir, other, warnings):
  """To evaluate and to train elsewhere is nothing to warn of."""
  tiny.estimator(model_dir).evaluate(tiny.batches(1))
  tiny.estimator(f'{model_dir}_2').train(tiny.batches(), steps=1)

  assert not [text for text in warnings if 'Another training' in text]
