"""Stops training by bad losses and full disks; then resumes."""

import subprocess

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tfcompat_estimator.checkpoint import integrity
from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1


def spoil_after(step, value):
  """A model whose loss is `value` from the step after `step` on."""

  def spoil(loss):
    count = v1.train.get_global_step()
    extra = tf.where(count >= step, tf.constant(value, loss.dtype), 0.0)
    return loss + tf.stop_gradient(extra)

  return {'spoil': spoil}


@pytest.mark.parametrize('fused', ['1', '0'])
@pytest.mark.parametrize('every', [1, 5, 100])
def test_no_checkpoint_after_a_nan(model_dir, monkeypatch, fused, every):
  """The checkpoints that a NaN leaves behind are all of good steps."""
  monkeypatch.setenv('TFCOMPAT_FUSED_STEPS', fused)
  with pytest.raises(v1.train.NanLossDuringTrainingError):
    small_model.train(
      model_dir,
      20,
      params=spoil_after(9, np.nan),
      save_checkpoints_steps=every,
    )

  steps = small_model.steps_on_disk(model_dir)
  assert steps == {1: [5, 6, 7, 8, 9], 5: [0, 5], 100: [0]}[every]
  for value in small_model.values(model_dir).values():
    assert np.isfinite(value).all()


@pytest.mark.parametrize('every', [1, 5, 100])
def test_no_checkpoint_after_an_infinite_loss(model_dir, every):
  """An infinite loss, with which training goes on, is not saved either."""
  small_model.train(
    model_dir, 20, params=spoil_after(9, np.inf), save_checkpoints_steps=every
  )

  expected = {1: [5, 6, 7, 8, 9], 5: [0, 5], 100: [0]}[every]
  assert small_model.steps_on_disk(model_dir) == expected


class OwnSaver(v1.train.CheckpointSaverHook):
  """A saver of a user's own, that counts its attempts."""

  attempts = 0

  def _save(self, session, step):
    self.attempts += 1
    return super()._save(session, step)


OWN_SAVERS = {
  'stock': v1.train.CheckpointSaverHook,
  'subclass': OwnSaver,
}


@pytest.mark.parametrize(
  'place', ['hooks', 'training_hooks', 'training_chief_hooks']
)
@pytest.mark.parametrize('kind', OWN_SAVERS)
def test_users_own_savers_are_careful_too(model_dir, kind, place):
  """A hook that stands in for the default saver saves nothing spoilt either."""
  saved, savers = [], []

  class Listener(v1.train.CheckpointSaverListener):
    def after_save(self, session, global_step_value):
      saved.append(global_step_value)

  def make():
    return OWN_SAVERS[kind](model_dir, save_steps=1, listeners=[Listener()])

  def model_fn(features, labels, mode, params):
    spec = small_model.model_fn(features, labels, mode, params)
    if place == 'hooks':
      return spec
    savers.append(make())
    return spec._replace(**{place: savers})

  estimator = base_estimator.Estimator(
    model_fn,
    config=run_config.RunConfig(
      model_dir=model_dir, save_checkpoints_steps=None
    ),
    params=spoil_after(3, np.inf),
  )
  hooks = [make()] if place == 'hooks' else []
  estimator.train(small_model.input_fn, hooks=hooks, max_steps=6)

  assert saved == [0, 1, 2, 3]
  assert small_model.steps_on_disk(model_dir) == [0, 1, 2, 3]
  for hook in (*savers, *hooks):
    assert not {'_save', '_get_saver'} & set(vars(hook))
    assert kind == 'stock' or hook.attempts == 4


def test_full_disk(small_disk):
  """A save that does not fit says so, leaves the last one, and resumes."""
  model_dir = small_disk / 'model'
  ballast = small_disk / 'ballast'
  params = {'units': 10_000}  # 0.3 MB a checkpoint
  config = {'checkpoint_save_graph_def': False, 'keep_checkpoint_max': 2}
  small_model.train(model_dir, 2, params, **config)

  class Fill(v1.train.SessionRunHook):
    def after_run(self, run_context, run_values):
      with open(ballast, 'wb', buffering=0) as file:
        try:
          while True:
            file.write(bytes(4096))
        except OSError:
          return

  estimator = small_model.make(model_dir, params, **config)
  with pytest.raises(
    tf.errors.OpError, match='Could not save the checkpoint.*model.ckpt-4.*free'
  ) as caught:
    estimator.train(small_model.input_fn, steps=5, hooks=[Fill()])
  ballast.unlink()

  assert 'The last good one is' in str(caught.value)
  assert sorted(p.name for p in model_dir.iterdir() if 'temp' in p.name) == []
  latest = tf.train.latest_checkpoint(model_dir)
  assert latest.endswith('model.ckpt-3')
  assert integrity.damaged_values(latest) is None
  estimator.train(small_model.input_fn, max_steps=5)
  assert estimator.get_variable_value('global_step') == 5


def test_disk_is_full_for_the_graph_only(small_disk):
  """The error names the graph; its checkpoint is whole, and training goes on."""
  model_dir = small_disk / 'model'
  ballast = small_disk / 'ballast'

  class Fill(v1.train.SessionRunHook):
    def after_run(self, run_context, run_values):
      with open(ballast, 'wb', buffering=0) as file:
        try:
          while True:
            file.write(bytes(4096))
        except OSError:
          file.truncate(file.tell() - 32_768)  # a checkpoint, without its graph

  with pytest.raises(
    tf.errors.OpError, match='Could not save the graph of'
  ) as told:
    small_model.make(model_dir).train(
      small_model.input_fn, steps=3, hooks=[Fill()]
    )
  ballast.unlink()

  latest = tf.train.latest_checkpoint(model_dir)
  assert f'{latest}.meta' in str(told.value)
  assert integrity.damaged_values(latest) is None
  estimator = small_model.train(model_dir, 3)
  assert estimator.get_variable_value('global_step') == 3


def test_read_only_folder(small_disk):
  """A read-only model_dir can be read, not trained, and nothing is lost."""
  model_dir = small_disk / 'model'
  estimator = small_model.train(model_dir, 2)
  v1.summary.FileWriterCache.clear()  # closes the event file
  remount = ['mount', '-o', 'remount,{}', str(small_disk)]
  subprocess.run([a.format('ro') for a in remount], check=True)
  try:
    assert estimator.get_variable_value('global_step') == 2
    estimator.train(small_model.input_fn, max_steps=2)
    with pytest.raises((tf.errors.OpError, OSError), match='[Rr]ead-only'):
      estimator.train(small_model.input_fn, max_steps=3)
  finally:
    subprocess.run([a.format('rw') for a in remount], check=True)

  assert tf.train.latest_checkpoint(model_dir).endswith('model.ckpt-2')
  estimator.train(small_model.input_fn, max_steps=3)
  assert estimator.get_variable_value('global_step') == 3
