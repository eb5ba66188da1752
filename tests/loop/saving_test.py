"""Trains with the hook that saves by default, whose clock is the global step."""

import pytest
import tensorflow as tf

from tests import tiny
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def model_fn_adding(count):
  """A function that makes the tiny model count its steps so much at a time."""

  def model_fn(features, labels, mode):
    spec = tiny.model_fn(features, labels, mode)
    more = count - 1
    with tf.control_dependencies([spec.train_op]):
      return spec._replace(
        train_op=v1.train.get_global_step().assign_add(more).op
      )

  return model_fn


def saved_steps(estimator):
  paths = tf.train.get_checkpoint_state(
    estimator.model_dir
  ).all_model_checkpoint_paths
  return [int(path.rpartition('-')[2]) for path in paths]


@pytest.mark.parametrize(
  ('adds', 'expected'),
  [(1, [0, 150, 300, 400]), (7, [0, 154, 308, 406]), (70, [0, 210, 420, 490])],
)
@pytest.mark.parametrize('watched', [False, True])
def test_saves_when_it_is_time(model_dir, adds, expected, watched):
  """After the first run that reaches the step, whatever a run adds to it."""
  estimator = tiny.base_estimator.EstimatorV2(
    model_fn_adding(adds),
    model_dir,
    tiny.run_config.RunConfig(save_checkpoints_steps=150),
  )
  hooks = [tiny.Recorder([], 'own')] if watched else []
  estimator.train(tiny.batches(), hooks=hooks, max_steps=400)
  assert saved_steps(estimator) == expected


def test_asks_for_the_step_near_its_time_only(model_dir, monkeypatch):
  """The stock hook does after each run: two messages to a parameter server."""
  runs = []
  run = emulated_session.EmulatedSession.run

  def counted(self, fetches, *args, **kwargs):
    runs.append(fetches)
    return run(self, fetches, *args, **kwargs)

  monkeypatch.setattr(emulated_session.EmulatedSession, 'run', counted)
  estimator = tiny.estimator(model_dir, save_checkpoints_steps=1000)
  estimator.train(tiny.batches(), hooks=[tiny.Recorder([], 'own')], steps=500)
  assert len(runs) < 600
