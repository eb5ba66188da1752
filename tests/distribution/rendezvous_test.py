"""Tests how a task waits for another, on a clock of the test's own."""

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import rendezvous


class Clock:
  """Time that only sleeping moves."""

  def __init__(self):
    self.now = 0.0

  def __call__(self):
    return self.now

  def sleep(self, seconds):
    self.now += seconds


def wait_of(limit, is_cancelled=lambda: False):
  clock = Clock()
  return rendezvous.Wait(limit, is_cancelled, clock.sleep, clock), clock


def test_limit():
  """At the limit an error says what was waited for, and how long."""
  wait, clock = wait_of(60)

  def for_ever():
    while True:
      wait.go_on('No chief.')

  error = tf.errors.DeadlineExceededError
  with pytest.raises(error, match='waiting 60 secs .*No chief.'):
    for_ever()
  assert 60 <= clock.now <= 61


def test_looks_become_rarer():
  """It looks soon at first, and once a second later on."""
  wait, clock = wait_of(1000)
  times = []
  for _ in range(50):
    wait.go_on('')
    times.append(clock.now)
  assert times[0] <= 0.1
  assert times[-1] - times[-2] == pytest.approx(1.0)


def test_log(caplog):
  """It says what it waits for after five seconds, then each half minute."""
  wait, clock = wait_of(1000)
  tf.get_logger().addHandler(caplog.handler)
  try:
    while clock.now < 100:
      wait.go_on('No chief.')
  finally:
    tf.get_logger().removeHandler(caplog.handler)
  lines = [r.getMessage() for r in caplog.records]
  assert lines.count('Waiting. No chief.') in {4, 8}  # it may propagate, too


def test_cancelled():
  """A process that is told to end ends while it waits."""
  wait, _ = wait_of(1000, lambda: True)
  with pytest.raises(SystemExit) as error:
    wait.go_on('')
  assert error.value.code == 143
