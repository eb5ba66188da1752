"""Tests when a loop is worth its price; a clock is handed in, nothing waits."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.ahead import payback

OPERATIONS = 50
PRICE = OPERATIONS * payback.SECONDS_PER_OPERATION


class Clock:
  """Tells what it is set to."""

  def __init__(self):
    self.now = 100.0

  def __call__(self):
    return self.now


@pytest.fixture(name='is_due')
def _is_due():
  """Whether a loop is due after runs that took so many seconds each."""
  with tf.Graph().as_default() as graph:
    for _ in range(OPERATIONS):
      tf.constant(0)

  def is_due(*seconds):
    clock = Clock()
    watched = payback.Payback(graph, clock)
    for taken in seconds:
      clock.now += 7  # between runs: of no account
      watched.begin_run()
      clock.now += taken
      watched.end_run()
    return watched.is_due

  return is_due


def test_a_short_training_does_without(is_due):
  """No run, or less time in runs than the loop takes to build."""
  assert not is_due()
  assert not is_due(*[PRICE / 10] * 9)


def test_a_loop_is_due_when_the_runs_took_as_long(is_due):
  """Many quick runs, or some longer ones."""
  assert is_due(*[PRICE / 10] * 11)
  assert is_due(*[PRICE / 2] * 3)


def test_slow_runs_gain_nothing(is_due):
  """What a loop spares is nothing beside them."""
  assert not is_due(*[2 * payback.SLOW_RUN_SECONDS] * 1000)


def test_a_run_that_saves_does_not_count_for_more(is_due):
  """The fastest run tells what a run takes."""
  assert not is_due(PRICE / 10, 100 * PRICE, PRICE / 10)
