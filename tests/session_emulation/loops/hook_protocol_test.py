"""Tests what a hook tells the engine, of ours and of a user's own."""

import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation.loops import (
  hook_protocol,
  hook_schedule,
)

v1 = tf.compat.v1
AT = hook_schedule.Position(10, 5)


class Patient(hook_protocol.EngineHook):
  """Looks at step 20."""

  def runs_before_control(self, global_step):
    return 20 - global_step


class LikeIt(v1.train.SessionRunHook):
  """A user's own, with the members that it needs."""

  each_run = 'an operation'

  def __init__(self):
    self.told = []

  def runs_before_control(self, global_step):
    return hook_protocol.NEVER

  def skipped(self, runs):
    self.told.append(runs)

  def saw(self, value):
    self.told.append(value)


@pytest.mark.parametrize(
  'hook, runs',
  [
    (hook_protocol.EngineHook(), 0),
    (Patient(), 10),
    (LikeIt(), hook_protocol.NEVER),
  ],
)
def test_a_hook_says_how_far_it_need_not_see(hook, runs):
  """By default it sees each run."""
  assert hook_schedule.runs_before_control([hook], AT) == runs


def test_a_hook_is_told_what_it_did_not_see():
  """Also one that has the members without the base class."""
  hook = LikeIt()
  hooks = [hook_protocol.EngineHook(), hook]
  hook_schedule.skip(hooks, 3, AT)
  hook_schedule.show_value(hooks, 0.5)

  assert hook.told == [3, 0.5]
  assert hook_schedule.targets(hooks) == ['an operation']
