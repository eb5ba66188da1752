"""Checks which saves of a training are evaluated."""

import itertools

import pytest

from tests import tiny
from tfcompat_estimator.records import train_eval_spec
from tfcompat_estimator.training import at_saves, checkpoint_evaluation


class Noting(checkpoint_evaluation.EvalListener):
  """Notes the steps that were evaluated; may request a stop."""

  def __init__(self, last_step=None):
    self.steps = []
    self._last_step = last_step

  def after_eval(self, result):
    self.steps.append(int(result.metrics['global_step']))
    return self.steps[-1] != self._last_step


def train(model_dir, throttle_secs, noting, **attributes):
  """Trains 8 steps with a save after every other, 10 seconds apart."""
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=2)
  spec = train_eval_spec.EvalSpec(
    tiny.batches(1), steps=1, throttle_secs=throttle_secs, start_delay_secs=0
  )
  clock = itertools.count(step=10).__next__
  listener = at_saves.EvaluateAtSaves(
    checkpoint_evaluation.CheckpointEvaluator(estimator, spec, 8),
    estimator,
    noting,
    clock,
  )
  for name, value in attributes.items():
    setattr(listener, name, value)
  estimator.train(tiny.batches(), max_steps=8, saving_listeners=[listener])
  return noting.steps


@pytest.mark.parametrize(
  'throttle_secs, attributes, steps',
  [
    # The first save is where training starts.
    (0, {}, [2, 4, 6, 8]),
    (25, {}, [2, 8]),
    (0, {'is_at_end_only': True}, [8]),
  ],
)
def test_what_is_evaluated(throttle_secs, attributes, steps, model_dir):
  """Each save but the first, unless it is too soon; the last in any case."""
  assert train(model_dir, throttle_secs, Noting(), **attributes) == steps


def test_a_listener_may_end_training(model_dir):
  """After the save at which it wants to, which is the last one then."""
  assert train(model_dir, 0, Noting(last_step=4)) == [2, 4]
