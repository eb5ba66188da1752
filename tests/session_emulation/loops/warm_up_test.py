"""Tests when a loop is worth its price; a clock is handed in, nothing waits."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import warm_up

OPERATIONS = 50
PRICE = OPERATIONS * warm_up.SECONDS_PER_OPERATION


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
    watched = warm_up.WarmUp(graph, clock=clock)
    for taken in seconds:
      clock.now += 7  # between runs: of no account
      watched.begin_run()
      clock.now += taken
      watched.end_run()
    return watched.is_over

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
  assert not is_due(*[2 * warm_up.SLOW_RUN_SECONDS] * 1000)


def test_a_run_that_saves_does_not_count_for_more(is_due):
  """The fastest run tells what a run takes."""
  assert not is_due(PRICE / 10, 100 * PRICE, PRICE / 10)


class Sessions:
  """Sessions over graphs of one size, one after the other."""

  def __init__(self, name):
    self._name = name

  def run(self, *seconds):
    """A session of runs that take so long each."""
    clock = Clock()
    with tf.Graph().as_default() as graph:
      for _ in range(OPERATIONS):
        tf.constant(0)
    watched = warm_up.WarmUp(graph, self._name, clock)
    due = False
    for taken in seconds:
      watched.begin_run()
      clock.now += taken
      watched.end_run()
      due = watched.is_over
    return watched, due


def test_runs_of_earlier_sessions_count():
  """Short sessions together pay for a loop; then they begin anew."""
  sessions = Sessions('runs of earlier sessions')
  short = [PRICE / 10] * 4

  assert [sessions.run(*short)[1] for _ in range(3)] == [False, False, True]
  watched, due = sessions.run(PRICE / 10)
  assert due
  assert not watched.was_built
  watched.built(is_shared=True)
  watched, due = sessions.run(*short)
  assert not due
  assert watched.was_built


def test_a_loop_that_no_other_session_gets_is_paid_for_by_its_own():
  """Earlier runs do not count for what could not be shared."""
  sessions = Sessions('not shared')
  watched, _ = sessions.run(*[PRICE / 10] * 11)
  watched.built(is_shared=False)

  assert not sessions.run(*[PRICE / 10] * 9)[1]
  assert not sessions.run(*[PRICE / 10] * 9)[1]
  assert sessions.run(*[PRICE / 10] * 11)[1]
