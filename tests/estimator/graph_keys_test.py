"""Tests which hooks leave a graph as it is, so that it may be kept."""

import pytest
import tensorflow as tf

from tfcompat_estimator.estimator import graph_keys
from tfcompat_estimator.records import modes

v1 = tf.compat.v1
TRAIN, EVAL = modes.ModeKeys.TRAIN, modes.ModeKeys.EVAL


class Adds(v1.train.SessionRunHook):
  """A hook of a program."""

  def begin(self):
    """Adds who knows what."""


class Reads(Adds):
  """One that says what its `begin` does."""

  begin_only_reads = True

  def begin(self):
    """Reads."""


class AddsAgain(Reads):
  """What its base class says does not count for its own `begin`."""

  def begin(self):
    """Adds."""


class Inherits(Reads):
  """It has no `begin` of its own."""


def _saver(listener):
  return v1.train.CheckpointSaverHook('.', save_steps=1, listeners=[listener])


class AddingListener(v1.train.CheckpointSaverListener):
  """A listener of a program."""

  def begin(self):
    """Adds."""


@pytest.mark.parametrize(
  ('hook', 'in_training', 'elsewhere'),
  [
    (v1.train.StopAtStepHook(num_steps=1), True, True),
    (v1.train.StepCounterHook(), True, False),  # reads the global step
    (_saver(v1.train.CheckpointSaverListener()), True, False),
    (_saver(AddingListener()), False, False),
    (Adds(), False, False),
    (Reads(), True, True),
    (Inherits(), True, True),
    (AddsAgain(), False, False),
    (object(), False, False),
  ],
)
def test_hooks_that_only_read(hook, in_training, elsewhere):
  """Stock ones, and those that say so themselves."""
  assert graph_keys.only_read([hook], TRAIN) == in_training
  assert graph_keys.only_read([hook], EVAL) == elsewhere


def test_a_hook_with_a_method_of_its_own():
  """An object may have got a `begin` that its class has not."""
  hook = v1.train.SessionRunHook()
  assert graph_keys.only_read([hook], TRAIN)
  hook.begin = lambda: None
  assert not graph_keys.only_read([hook], TRAIN)


def test_stock_hooks_are_of_the_very_types():
  """One that derives from them may hold what the user made."""
  stock = v1.train.StopAtStepHook(num_steps=1)

  assert graph_keys.are_stock([stock])
  assert not graph_keys.are_stock([stock, Reads()])
