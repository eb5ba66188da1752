"""Looks at which checkpoints stay, what the state file says, and who reads it."""

import os
import re
import shutil

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tfcompat_estimator.checkpoint import stale_files
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def listed(model_dir):
  """The names of the checkpoints in the state file, the latest first."""
  text = (model_dir / 'checkpoint').read_text()
  names = re.findall(
    r'^all_model_checkpoint_paths: "(.*)"$', text, re.MULTILINE
  )
  latest = re.search(r'^model_checkpoint_path: "(.*)"$', text, re.MULTILINE)[1]
  return [latest, *names]


@pytest.mark.parametrize(
  'keep, on_disk, in_state',
  [
    (1, [4], ['model.ckpt-4']),
    (2, [3, 4], ['model.ckpt-3', 'model.ckpt-4']),
    (5, [0, 1, 2, 3, 4], [f'model.ckpt-{i}' for i in range(5)]),
    (0, [0, 1, 2, 3, 4], ['model.ckpt-4']),
    (None, [0, 1, 2, 3, 4], ['model.ckpt-4']),
  ],
)
def test_keep_checkpoint_max(tmp_path, keep, on_disk, in_state):
  """The last ones stay; 0 and None keep all, and list the newest only."""
  small_model.train(tmp_path, 4, keep_checkpoint_max=keep)

  assert small_model.steps_on_disk(tmp_path) == on_disk
  assert listed(tmp_path) == ['model.ckpt-4', *in_state]
  files = {p.name for p in tmp_path.iterdir() if 'ckpt' in p.name}
  assert files == {
    f'model.ckpt-{step}.{suffix}'
    for step in on_disk
    for suffix in ('index', 'meta', 'data-00000-of-00001')
  }


def test_files_of_earlier_calls_count(tmp_path):
  """keep_checkpoint_max goes over calls of train()."""
  small_model.train(tmp_path, 3, keep_checkpoint_max=2)
  assert listed(tmp_path)[1:] == ['model.ckpt-2', 'model.ckpt-3']
  small_model.train(tmp_path, 5, keep_checkpoint_max=2)

  assert listed(tmp_path)[1:] == ['model.ckpt-4', 'model.ckpt-5']
  assert small_model.steps_on_disk(tmp_path) == [4, 5]


@pytest.mark.parametrize(
  'every, start_to_end, on_disk',
  [(2, [(0, 5)], [0, 2, 4, 5]), (2, [(0, 3), (3, 6)], [0, 2, 3, 5, 6])],
)
def test_steps_that_are_saved(tmp_path, every, start_to_end, on_disk):
  """Saves are at the start, at multiples counted from it, and at the end."""
  for _, end in start_to_end:
    small_model.train(tmp_path, end, save_checkpoints_steps=every)

  assert small_model.steps_on_disk(tmp_path) == on_disk


def test_every_n_hours(tmp_path, monkeypatch):
  """Checkpoints that come an hour after the last kept one are kept for good."""
  clock = [1e9]
  monkeypatch.setattr('time.time', lambda: clock[0])

  class Clock(v1.train.SessionRunHook):
    def before_run(self, run_context):
      clock[0] += 1500  # 25 minutes a step

  small_model.make(
    tmp_path, keep_checkpoint_max=2, keep_checkpoint_every_n_hours=1
  ).train(small_model.input_fn, steps=9, hooks=[Clock()])

  assert small_model.steps_on_disk(tmp_path) == [3, 5, 8, 9]


def test_without_graph_def(tmp_path):
  """checkpoint_save_graph_def=False leaves .meta and graph.pbtxt out."""
  small_model.train(tmp_path, 2, checkpoint_save_graph_def=False)

  names = {p.name for p in tmp_path.iterdir()}
  assert not [n for n in names if n.endswith(('.meta', '.pbtxt'))]
  assert 'model.ckpt-2.index' in names


def test_no_saving_at_all(tmp_path):
  """With neither steps nor seconds to save after there is no checkpoint."""
  small_model.train(
    tmp_path, 2, save_checkpoints_steps=None, save_checkpoints_secs=None
  )

  assert not (tmp_path / 'checkpoint').exists()
  assert small_model.make(tmp_path).latest_checkpoint() is None


def test_state_file(tmp_path):
  """Paths are relative, so the directory can be moved; times are there."""
  small_model.train(tmp_path / 'a', 2)
  shutil.move(tmp_path / 'a', tmp_path / 'b')
  state = tf.train.get_checkpoint_state(tmp_path / 'b')

  assert state.model_checkpoint_path == f'{tmp_path}/b/model.ckpt-2'
  assert len(state.all_model_checkpoint_timestamps) == 3
  assert list(state.all_model_checkpoint_timestamps) == sorted(
    state.all_model_checkpoint_timestamps
  )
  small_model.train(tmp_path / 'b', 3)
  assert listed(tmp_path / 'b')[1:] == [f'model.ckpt-{i}' for i in range(4)]


# --- TensorFlow's tools -------------------------------------------------------


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  path = tmp_path_factory.mktemp('trained') / 'model'
  small_model.train(path, 3)
  return path


def test_list_and_load(trained):
  """tf.train's functions list and read the variables."""
  shapes = dict(tf.train.list_variables(str(trained)))

  assert shapes == {
    'global_step': [],
    'm/b': [3],
    'm/b/Adagrad': [3],
    'm/v': [3, 1],
    'm/v/Adagrad': [3, 1],
    'm/w': [2, 3],
    'm/w/Adagrad': [2, 3],
  }
  np.testing.assert_array_equal(
    tf.train.load_variable(str(trained), 'm/w'),
    small_model.make(trained).get_variable_value('m/w'),
  )


@pytest.mark.eager
def test_checkpoint_restore(trained):
  """tf.train.Checkpoint restores variables by their names."""
  w = tf.Variable(tf.zeros([2, 3]), name='m/w')
  tf.train.Checkpoint(w=w).restore(f'{trained}/model.ckpt-3')

  np.testing.assert_array_equal(w, tf.train.load_variable(str(trained), 'm/w'))


@pytest.mark.eager
def test_checkpoint_manager(trained, tmp_path):
  """CheckpointManager lists our checkpoints and removes them by its rules."""
  folder = str(shutil.copytree(trained, tmp_path / 'copy'))
  checkpoint = tf.train.Checkpoint(v=tf.Variable(1.0))
  manager = tf.train.CheckpointManager(checkpoint, folder, max_to_keep=2)

  assert manager.latest_checkpoint == f'{folder}/model.ckpt-3'
  assert manager.checkpoints == [f'{folder}/model.ckpt-{i}' for i in range(4)]
  manager.save()
  assert small_model.steps_on_disk(folder) == [3]


def test_saver_of_another_graph(trained):
  """A tf.compat.v1.train.Saver elsewhere restores, under other names too."""
  with tf.Graph().as_default() as graph:
    w = v1.get_variable('other', [2, 3], use_resource=True)
    saver = v1.train.Saver({'m/w': w})
    with emulated_session.EmulatedSession(graph) as session:
      saver.restore(session, f'{trained}/model.ckpt-3')
      value = session.run(w)
  np.testing.assert_array_equal(
    value, tf.train.load_variable(str(trained), 'm/w')
  )


def test_meta_graph_can_be_imported(trained):
  """The .meta file brings graph and saver, in the old way."""
  with tf.Graph().as_default() as graph:
    saver = v1.train.import_meta_graph(f'{trained}/model.ckpt-3.meta')
    with emulated_session.EmulatedSession(graph) as session:
      saver.restore(session, f'{trained}/model.ckpt-3')
      assert session.run(v1.train.get_global_step()) == 3


# --- leftovers ----------------------------------------------------------------

LEFT = {
  'model.ckpt-9_temp/part-00000-of-00001.index': True,
  'checkpoint.tmp0123456789abcdef0123456789abcdef': True,
  'model.ckpt-4.meta.tmp0123456789abcdef0123456789abcdef': True,
  'model.ckpt-4.data-00000-of-00001': True,
  'model.ckpt-1.meta.of.mine': False,
  'model.ckpt-3.kept.index': True,
  'model.ckpt-3.kept.data-00000-of-00001': True,
  'notes_temp/a.txt': False,
  'model.ckpt-7.index.backup': False,
}


def test_leftovers_are_removed(trained, tmp_path):
  """Training removes what a killed process left, and nothing else."""
  folder = shutil.copytree(trained, tmp_path / 'copy')
  for name in LEFT:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b'')
  small_model.train(folder, 3)

  assert {name: not (folder / name).exists() for name in LEFT} == LEFT
  assert small_model.steps_on_disk(folder) == [0, 1, 2, 3]


def test_nothing_is_removed_from_under_a_living_process(trained, tmp_path):
  """While another trains in the directory, its files stay."""
  folder = shutil.copytree(trained, tmp_path / 'copy')
  lock = stale_files.locked(str(folder))
  (folder / 'model.ckpt-9_temp').mkdir()
  small_model.train(folder, 3)
  assert (folder / 'model.ckpt-9_temp').exists()
  os.close(lock)
  small_model.train(folder, 3)
  assert not (folder / 'model.ckpt-9_temp').exists()


def test_stand_in_is_used_while_the_checkpoint_is_broken(trained, tmp_path):
  """A kill in the middle of writing the same step anew loses nothing."""
  folder = shutil.copytree(trained, tmp_path / 'copy')
  for name in ('index', 'data-00000-of-00001'):
    shutil.copy(
      folder / f'model.ckpt-3.{name}', folder / f'model.ckpt-3.kept.{name}'
    )
  (folder / 'model.ckpt-3.index').write_bytes(b'')
  estimator = small_model.make(folder)

  assert estimator.latest_checkpoint().endswith('model.ckpt-3.kept')
  small_model.assert_same(
    small_model.values(folder), small_model.values(trained)
  )
  estimator.train(small_model.input_fn, steps=1)
  assert listed(folder)[-2:] == ['model.ckpt-3', 'model.ckpt-4']
  small_model.train(folder, 4)
  assert not list(folder.glob('*kept*'))
