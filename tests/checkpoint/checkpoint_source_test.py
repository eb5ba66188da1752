"""Damages checkpoints, and sees that the newest sound one is used instead."""

import glob
import logging
import os
import shutil
import threading

import numpy as np
import pytest
import tensorflow as tf

from tests.checkpoint import small_model
from tfcompat_estimator.checkpoint import checkpoint_source, integrity, tensors

v1 = tf.compat.v1
LAST, BEFORE = 3, 2


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
  """A model directory with checkpoints 0 to 3."""
  path = str(tmp_path_factory.mktemp('trained') / 'model')
  small_model.train(path, LAST)
  return path


@pytest.fixture
def copy(trained, tmp_path):
  return shutil.copytree(trained, tmp_path / 'copy')


@pytest.fixture(scope='module')
def expected(tmp_path_factory):
  """The variables after five undisturbed steps."""
  path = str(tmp_path_factory.mktemp('expected') / 'model')
  small_model.train(path, 5)
  return small_model.values(path)


@pytest.fixture
def warnings():
  """The texts of the package's own warnings, as they come."""
  lines = []

  class Lines(logging.Handler):
    def emit(self, record):
      if 'tfcompat_estimator' in record.pathname:
        lines.append(record.getMessage())

  handler = Lines(logging.WARNING)
  tf.get_logger().addHandler(handler)
  yield lines
  tf.get_logger().removeHandler(handler)


def edit(path, change):
  content = bytearray(path.read_bytes())
  path.write_bytes(bytes(change(content)))


def flip(at):
  def change(content):
    content[at] ^= 0x40
    return content

  return change


def last(folder, suffix):
  return folder / f'model.ckpt-{LAST}.{suffix}'


INDEX, DATA = 'index', 'data-00000-of-00001'
DAMAGES = {
  'index missing': lambda d: last(d, INDEX).unlink(),
  'index empty': lambda d: last(d, INDEX).write_bytes(b''),
  'index truncated': lambda d: edit(last(d, INDEX), lambda c: c[: len(c) // 2]),
  'index flipped': lambda d: edit(last(d, INDEX), flip(20)),
  'data missing': lambda d: last(d, DATA).unlink(),
  'data empty': lambda d: last(d, DATA).write_bytes(b''),
  'data truncated': lambda d: edit(last(d, DATA), lambda c: c[:-1]),
  'data flipped at the start': lambda d: edit(last(d, DATA), flip(0)),
  'data flipped at the end': lambda d: edit(last(d, DATA), flip(-1)),
  'data overwritten': lambda d: edit(last(d, DATA), lambda c: bytes(len(c))),
  'all files missing': lambda d: [p.unlink() for p in d.glob('*ckpt-3.*')],
}
STATE_DAMAGES = {
  'missing': lambda d: (d / 'checkpoint').unlink(),
  'empty': lambda d: (d / 'checkpoint').write_bytes(b''),
  'binary': lambda d: (d / 'checkpoint').write_bytes(b'\xff\x00\xfe' * 9),
  'no such field': lambda d: (d / 'checkpoint').write_text('colour: "red"\n'),
  'truncated': lambda d: edit(d / 'checkpoint', lambda c: c[:30]),
}


def damage(table):
  return pytest.mark.parametrize('damage', table.values(), ids=table)


@damage(DAMAGES)
def test_training_goes_on_from_the_newest_sound_one(
  copy, damage, expected, warnings
):
  """After any damage to the last checkpoint, training ends as undisturbed."""
  damage(copy)
  small_model.train(copy, 5)

  small_model.assert_same(small_model.values(copy), expected)
  said = ' '.join(warnings)
  assert f'model.ckpt-{LAST} is damaged' in said
  assert said.count(f'Going on from {copy}/model.ckpt-{BEFORE}') == 1


@pytest.mark.eager  # calls a SavedModel
@damage(
  {
    name: DAMAGES[name]
    for name in ('index truncated', 'data missing', 'data overwritten')
  }
)
def test_reading_uses_the_newest_sound_one(copy, damage, trained):
  """evaluate, predict, export and get_variable_value fall back alike."""
  damage(copy)
  estimator = small_model.make(copy)
  sound = v1.train.NewCheckpointReader(f'{trained}/model.ckpt-{BEFORE}')

  metrics = estimator.evaluate(small_model.eval_input_fn)
  np.testing.assert_array_equal(
    estimator.get_variable_value('m/v'), sound.get_tensor('m/v')
  )
  assert metrics['global_step'] == BEFORE
  first = next(iter(estimator.predict(small_model.eval_input_fn)))
  model = tf.saved_model.load(
    estimator.export_saved_model(str(copy / 'export'), receiver)
  )
  served = model.signatures['serving_default'](x=tf.constant(small_model.X))
  np.testing.assert_allclose(served['y'][0], first['y'], rtol=1e-6)


def receiver():
  from tfcompat_estimator.saved_models import receivers

  x = v1.placeholder(tf.float32, [None, 2])
  return receivers.ServingInputReceiver({'x': x}, {'x': x})


@damage(STATE_DAMAGES)
def test_state_file_is_rebuilt(copy, damage, expected, warnings):
  """Without a readable state file training goes on where it was."""
  damage(copy)
  estimator = small_model.make(copy)
  assert estimator.latest_checkpoint() == f'{copy}/model.ckpt-{LAST}'
  assert estimator.evaluate(small_model.eval_input_fn)['global_step'] == LAST
  assert estimator.get_variable_value('global_step') == LAST
  estimator.train(small_model.input_fn, max_steps=5)

  small_model.assert_same(small_model.values(copy), expected)
  assert 'no readable file `checkpoint`' in warnings[0]
  assert tf.train.latest_checkpoint(copy).endswith('model.ckpt-5')
  state = tf.train.get_checkpoint_state(copy)
  steps = [int(p.split('-')[-1]) for p in state.all_model_checkpoint_paths]
  assert steps == [1, 2, 3, 4, 5]


def reshard(prefix):
  """Writes a checkpoint anew as two data files, as models on two devices do."""
  values = tensors.read_all(prefix)
  names = sorted(values)
  parts = []
  for shard, chosen in enumerate((names[::2], names[1::2])):
    parts.append(f'{prefix}_temp/part-{shard:05d}-of-00002')
    tf.raw_ops.SaveV2(
      prefix=parts[-1],
      tensor_names=chosen,
      shape_and_slices=[''] * len(chosen),
      tensors=[tf.constant(values[name]) for name in chosen],
    )
  for path in glob.glob(f'{prefix}.data-*'):
    os.remove(path)
  tf.raw_ops.MergeV2Checkpoints(
    checkpoint_prefixes=parts, destination_prefix=prefix, delete_old_dirs=True
  )


SHARD_DAMAGES = {
  'missing': lambda path: path.unlink(),
  'truncated': lambda path: edit(path, lambda c: c[:-1]),
  'flipped': lambda path: edit(path, flip(0)),
}


@pytest.mark.eager
@pytest.mark.parametrize('shard', [0, 1])
@damage(SHARD_DAMAGES)
def test_each_of_several_data_files_counts(copy, shard, damage, expected):
  """A checkpoint of two data files is sound only if both are."""
  reshard(f'{copy}/model.ckpt-{LAST}')
  assert checkpoint_source.latest(str(copy)) == f'{copy}/model.ckpt-{LAST}'
  damage(last(copy, f'data-0000{shard}-of-00002'))
  estimator = small_model.make(copy)
  assert estimator.evaluate(small_model.eval_input_fn)['global_step'] == BEFORE
  small_model.train(copy, 5)

  small_model.assert_same(small_model.values(copy), expected)


def test_rebuilding_removes_no_older_checkpoint(copy):
  """keep_checkpoint_max counts from here on if the state file was lost."""
  (copy / 'checkpoint').unlink()
  small_model.train(copy, 4, keep_checkpoint_max=2)

  assert small_model.steps_on_disk(copy) == [0, 1, 3, 4]


def test_two_damaged_ones(copy, expected):
  """The search goes on until one is sound."""
  DAMAGES['data overwritten'](copy)
  (copy / f'model.ckpt-{BEFORE}.index').unlink()
  assert (
    small_model.make(copy).evaluate(small_model.eval_input_fn)['global_step']
    == 1
  )
  small_model.train(copy, 5)

  small_model.assert_same(small_model.values(copy), expected)


@pytest.mark.parametrize('call', ['train', 'evaluate', 'predict', 'value'])
def test_nothing_sound_is_an_error(copy, call):
  """With damaged checkpoints only, nothing starts anew at step 0."""
  for path in copy.glob('*.index'):
    path.write_bytes(b'broken')
  estimator = small_model.make(copy)
  calls = {
    'train': lambda: estimator.train(small_model.input_fn, steps=1),
    'evaluate': lambda: estimator.evaluate(small_model.eval_input_fn),
    'predict': lambda: next(iter(estimator.predict(small_model.input_fn))),
    'value': lambda: estimator.get_variable_value('m/w'),
  }

  with pytest.raises(ValueError, match='not a valid checkpoint.*no sound one'):
    calls[call]()
  assert estimator.latest_checkpoint() is None


@pytest.mark.parametrize('call', ['evaluate', 'export_saved_model'])
def test_a_checkpoint_that_was_asked_for_is_not_replaced(copy, call):
  """An explicit checkpoint_path has to be sound."""
  DAMAGES['data flipped at the start'](copy)
  path = f'{copy}/model.ckpt-{LAST}'
  estimator = small_model.make(copy)
  arguments = {
    'evaluate': [small_model.eval_input_fn],
    'export_saved_model': [str(copy / 'export'), receiver],
  }

  with pytest.raises(tf.errors.DataLossError):
    getattr(estimator, call)(*arguments[call], checkpoint_path=path)
  assert not list(copy.glob('export/*'))


def test_max_steps_counts_sound_checkpoints_only(copy, trained):
  """Training is not skipped for the sake of a damaged last checkpoint."""
  DAMAGES['data flipped at the start'](copy)
  small_model.train(copy, LAST)

  assert integrity.damaged_values(f'{copy}/model.ckpt-{LAST}') is None
  small_model.assert_same(small_model.values(copy), small_model.values(trained))


def test_moved_directory_with_absolute_paths(copy):
  """Checkpoints are found although the state file names another place."""
  (copy / 'checkpoint').write_text(
    'model_checkpoint_path: "/gone/model.ckpt-3"\n'
    'all_model_checkpoint_paths: "/gone/model.ckpt-3"\n'
  )

  assert checkpoint_source.latest(str(copy)) == f'{copy}/model.ckpt-{LAST}'


def test_changed_layer_size(copy):
  """Another number of units is an error that names variables and shapes."""
  with pytest.raises(
    ValueError,
    match=r'm/w has shape \[2, 3\] in the checkpoint and \[2, 7\] in the model',
  ):
    small_model.train(copy, 5, params={'units': 7})
  assert small_model.steps_on_disk(copy) == [0, 1, 2, 3]
  with pytest.raises(ValueError, match='m/b has shape'):
    small_model.make(copy, {'units': 7}).evaluate(small_model.eval_input_fn)


def test_checkpoint_that_appears_meanwhile(tmp_path):
  """One that another task has just saved is there, or not yet: it is no damage."""
  saved = str(tmp_path / 'saved' / 'model.ckpt-0')
  with tf.Graph().as_default(), v1.Session() as session:
    v1.train.get_or_create_global_step()
    session.run(v1.global_variables_initializer())
    v1.train.Saver().save(session, saved)
  for turn in range(40):
    folder = tmp_path / str(turn)
    folder.mkdir()
    shutil.copy(f'{saved}.data-00000-of-00001', folder)
    shutil.copy(f'{saved}.index', folder / 'later')
    appears = threading.Timer(
      0.002, os.rename, (folder / 'later', folder / 'model.ckpt-0.index')
    )
    appears.start()
    while checkpoint_source.Source(str(folder)).path is None:
      pass
    appears.join()
