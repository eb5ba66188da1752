"""Checks in which order the checkpoints of a directory are tried."""

import os
import shutil

import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import listing


@pytest.fixture
def folder(tmp_path):
  """A directory of checkpoints 5, 40 and 300, of which 40 is the latest."""
  for name in (
    'model.ckpt-300',
    'model.ckpt-40',
    'model.ckpt-40.kept',
    'model.ckpt-5',
    'input.ckpt-300',
    'input_worker_1.ckpt-300',
  ):
    (tmp_path / f'{name}.index').touch()
  tf.compat.v1.train.update_checkpoint_state(
    str(tmp_path),
    str(tmp_path / 'model.ckpt-40'),
    [str(tmp_path / 'model.ckpt-5'), str(tmp_path / 'model.ckpt-40')],
  )
  return tmp_path


def names(found):
  return [os.path.basename(prefix) for prefix in found]


def test_the_state_file_names_the_first_the_others_follow_by_step(folder):
  """Numbers count, not letters; copies come after their checkpoint."""
  found = listing.find(str(folder))

  assert names(found.prefixes) == [
    'model.ckpt-40',
    'model.ckpt-300',
    'model.ckpt-40.kept',
    'model.ckpt-5',
  ]
  assert names(found.recorded) == ['model.ckpt-5', 'model.ckpt-40']


@pytest.mark.parametrize('before', ['/gone/model', 'gs://gone/model', None])
def test_a_directory_that_was_moved_or_copied(folder, tmp_path_factory, before):
  """Its own checkpoints are meant, whether the old directory is there or not."""
  copy = tmp_path_factory.mktemp('copies') / 'copy'
  shutil.copytree(folder, copy)
  state = copy / 'checkpoint'
  text = state.read_text().replace(str(folder), before or str(folder))
  state.write_text(text)
  assert f'"{before or folder}/model.ckpt-40"' in text

  found = listing.find(str(copy))

  assert found.prefixes[0] == str(copy / 'model.ckpt-40')
  assert {os.path.dirname(path) for path in found.prefixes} == {str(copy)}
  assert found.recorded == [
    str(copy / 'model.ckpt-5'),
    str(copy / 'model.ckpt-40'),
  ]


@pytest.mark.parametrize('content', [None, b'', b'\xff\xfe', b'nothing: 1'])
def test_without_a_state_file_steps_decide(folder, content):
  """It may be missing or unreadable."""
  (folder / 'checkpoint').unlink()
  if content is not None:
    (folder / 'checkpoint').write_bytes(content)
  found = listing.find(str(folder))

  assert found.recorded is None
  assert names(found.prefixes)[0] == 'model.ckpt-300'


def test_no_directory_has_no_checkpoints(tmp_path):
  """Nor does it raise."""
  assert listing.find(str(tmp_path / 'none')) == ([], None)


@pytest.mark.parametrize(
  'prefix, step',
  [('m/model.ckpt-12', 12), ('model.ckpt-7.kept', 7), ('m-3/model.ckpt', -1)],
)
def test_steps_are_in_names(prefix, step):
  """A checkpoint without one counts as older than all others."""
  assert listing.step_of(prefix) == step
