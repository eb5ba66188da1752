"""Converts checkpoints between the families, name by name."""

import os

import numpy as np
import pytest
import tensorflow as tf

from tests.migration.checkpoints import made_up
from tfcompat_estimator.checkpoint import tensors
from tfcompat_estimator.migration.checkpoints import converter

v1 = tf.compat.v1


def shapes(values):
  return {
    name: (list(np.shape(value)), np.asarray(value).dtype.name)
    for name, value in values.items()
  }


def keys(name, family):
  return {
    k: (shape, dtype)
    for k, (shape, dtype) in made_up.NAMES[name][family].items()
  }


def options(name):
  found = {'combined': True} if 'Combined' in name else {}
  if 'multihead' in name:
    found['scope'] = 'training_2'
  return found


@pytest.mark.parametrize('name', made_up.NAMES)
@pytest.mark.parametrize('source, target', [('v1', 'v2'), ('v2', 'v1')])
def test_names(tmp_path, name, source, target):
  """Every canned estimator's variables get the names of the other family."""
  if not any(
    '/' in k
    for k in set(made_up.NAMES[name]['v1']) ^ set(made_up.NAMES[name]['v2'])
  ):
    pytest.skip('the same names in both families')
  values = made_up.values(keys(name, source))
  tensors.write(str(tmp_path / 'from/model.ckpt-5'), values)
  given = options(name)
  if target == 'v1':
    given.pop('scope', None)
  path = converter.convert(
    str(tmp_path / 'from/model.ckpt-5'), str(tmp_path / 'to'), target, **given
  )
  converted = tensors.read_all(path)
  # SGD keeps nothing in the v1 family, so nothing says that it was there.
  assert shapes(converted) == {
    k: (shape, dtype) for k, (shape, dtype) in keys(name, target).items()
  }

  back = converter.convert(
    path, str(tmp_path / 'back'), source, **options(name)
  )
  for key, value in tensors.read_all(back).items():
    hyperparameter = key.startswith('training') and not np.shape(value)
    if not hyperparameter:
      np.testing.assert_allclose(value, values[key], rtol=1e-6, err_msg=key)


def test_momentum_without_its_rate_is_left_out(tmp_path, caplog):
  """What a v1 checkpoint does not tell has to be given; the warning says so."""
  values = {
    'dnn/w': np.ones(2, np.float32),
    'dnn/w/t_0/Momentum': np.ones(2, np.float32),
    'global_step': np.int64(1),
  }
  tensors.write(str(tmp_path / 'from/model.ckpt-1'), values)
  path = converter.convert(str(tmp_path / 'from'), str(tmp_path / 'to'), 'v2')

  assert 'training/SGD/dnn/w/momentum' not in tensors.read_all(path)
  assert 'give SGD/momentum and SGD/learning_rate' in caplog.text


@pytest.mark.parametrize(
  'scope, kept, left',
  [
    ('Adam', {'m': 'Adam', 'v': 'Adam_1'}, ['vhat']),
    ('Adamax', {}, ['m', 'v']),
    ('Nadam', {}, ['m', 'v']),
  ],
)
def test_what_the_v1_family_lacks_is_left_out(
  tmp_path, caplog, scope, kept, left
):
  """Slots of other optimizers are named in a warning."""
  values = {
    'dnn/w': np.ones(2, np.float32),
    'global_step': np.int64(1),
    f'training/{scope}/beta_1': np.float32(0.9),
    **{
      f'training/{scope}/dnn/w/{slot}': np.full(2, place, np.float32)
      for place, slot in enumerate([*kept, *left])
    },
  }
  tensors.write(str(tmp_path / 'from/model.ckpt-1'), values)
  path = converter.convert(str(tmp_path / 'from'), str(tmp_path / 'to'), 'v1')

  slots = {k for k in tensors.read_all(path) if k.startswith('dnn/w/')}
  assert slots == {f'dnn/w/t_0/{slot}' for slot in kept.values()}
  for slot in left:
    assert f'{scope}/dnn/w/{slot} is left out' in caplog.text


@pytest.mark.eager  # writes a checkpoint by calling an operation
def test_partitioned_slots_are_put_together(tmp_path):
  """Parts of a slot become one; each was saved with its rows only."""
  rows = np.arange(8, dtype=np.float32).reshape(4, 2)
  prefix = str(tmp_path / 'from/model.ckpt-1')
  tf.raw_ops.SaveV2(
    prefix=prefix,
    tensor_names=[
      'dnn/w',
      'dnn/w/t_0/Adagrad',
      'dnn/w/t_1/Adagrad',
      'global_step',
    ],
    shape_and_slices=['', '4 2 0,2:0,2', '4 2 2,2:0,2', ''],
    tensors=[rows, rows[:2], rows[2:], np.int64(1)],
  )
  path = converter.convert(prefix, str(tmp_path / 'to'), 'v2')

  np.testing.assert_array_equal(
    tf.train.load_variable(path, 'training/Adagrad/dnn/w/accumulator'), rows
  )


@pytest.mark.parametrize(
  'change, message',
  [
    ({'to': 'v3'}, "must be 'v1' or 'v2'"),
    ({'to': 'v1'}, 'has the names of the v1 family already'),
    ({'target_dir': 'from'}, 'Give an empty one'),
    ({'checkpoint': 'nothing'}, 'has no checkpoint'),
    (
      {'hyperparameters': {'Adam/speed': 1}},
      r'Adam/speed.*the optimizers have',
    ),
  ],
)
def test_errors(tmp_path, change, message):
  """What cannot be converted says why."""
  (tmp_path / 'nothing').mkdir()
  tensors.write(
    str(tmp_path / 'from/model.ckpt-5'),
    made_up.values(keys('DNNClassifier', 'v1')),
  )
  arguments = {
    'checkpoint': str(tmp_path / 'from'),
    'target_dir': str(tmp_path / 'to'),
    'to': 'v2',
  }
  for key, value in change.items():
    in_folder = key in ('checkpoint', 'target_dir')
    arguments[key] = str(tmp_path / value) if in_folder else value

  with pytest.raises(ValueError, match=message):
    converter.convert(**arguments)


def test_relative_paths(tmp_path, monkeypatch):
  """Folders may be named from the current one; the target may be moved."""
  monkeypatch.chdir(tmp_path)
  tensors.write(
    'from/model.ckpt-5', made_up.values(keys('DNNClassifier', 'v1'))
  )

  path = converter.convert('from/model.ckpt-5', 'to', to='v2')

  assert path == 'to/model.ckpt-5'
  assert tf.train.latest_checkpoint('to') == path
  os.rename('to', 'moved')
  assert tf.train.latest_checkpoint('moved') == 'moved/model.ckpt-5'
