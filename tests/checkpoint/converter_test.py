"""Converts checkpoints between the families, name by name and in use."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.checkpoint import converter, tensors
from tfcompat_estimator.spec import run_config

v1 = tf.compat.v1
ROOT = pathlib.Path(__file__).parents[2]
# What the reference saves for the same model in both families.
NAMES = json.loads((ROOT / 'tests/contract/family_names.json').read_text())
TABLE_KEYS = 'ShardedMutableHashTable-1-of-1-keys'


def made_up(keys):
  """A value for each variable, different for each."""
  rng = np.random.default_rng(len(keys))
  values = {}
  for name, (shape, dtype) in keys.items():
    if name == 'global_step' or name.endswith('/iter'):
      values[name] = np.int64(5)
    elif name.endswith('/beta_1'):
      values[name] = np.float32(0.9)
    elif name.endswith('/beta_2'):
      values[name] = np.float32(0.999)
    elif name.endswith('beta1_power'):
      values[name] = np.float32(0.9**6)
    elif name.endswith('beta2_power'):
      values[name] = np.float32(0.999**6)
    elif name.endswith('RMSProp_1'):
      values[name] = np.zeros(shape, dtype)
    else:
      values[name] = rng.normal(size=shape).astype(dtype)
  return values


def shapes(values):
  return {
    name: (list(np.shape(value)), np.asarray(value).dtype.name)
    for name, value in values.items()
  }


def keys(name, family):
  return {
    k: (shape, dtype) for k, (shape, dtype) in NAMES[name][family].items()
  }


def options(name):
  found = {'combined': True} if 'Combined' in name else {}
  if 'multihead' in name:
    found['scope'] = 'training_2'
  return found


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('source, target', [('v1', 'v2'), ('v2', 'v1')])
def test_names(tmp_path, name, source, target):
  """Every canned estimator's variables get the names of the other family."""
  if not any('/' in k for k in set(NAMES[name]['v1']) ^ set(NAMES[name]['v2'])):
    pytest.skip('the same names in both families')
  values = made_up(keys(name, source))
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


def input_fn():
  rng = np.random.default_rng(0)
  x = rng.normal(size=(32, 3)).astype(np.float32)
  y = (x[:, :1] > 0).astype(np.int64)
  return tf.data.Dataset.from_tensors(({'x': x}, y)).repeat()


def classifier(kind, family, model_dir):
  """A small canned classifier of one of the families."""
  from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear

  columns = [tf.feature_column.numeric_column('x', 3)]
  config = run_config.RunConfig(model_dir=str(model_dir), tf_random_seed=1)
  suffix = 'V2' if family == 'v2' else ''
  if kind == 'dnn':
    cls = getattr(dnn, 'DNNClassifier' + suffix)
    return cls([4], columns, optimizer='Adam', config=config)
  if kind == 'linear':
    cls = getattr(linear, 'LinearClassifier' + suffix)
    return cls(columns, config=config)
  cls = getattr(dnn_linear_combined, 'DNNLinearCombinedClassifier' + suffix)
  return cls(
    linear_feature_columns=columns,
    dnn_feature_columns=columns,
    dnn_hidden_units=[4],
    config=config,
  )


@pytest.mark.parametrize('kind', ['dnn', 'linear', 'combined'])
@pytest.mark.parametrize('source, target', [('v1', 'v2'), ('v2', 'v1')])
def test_training_goes_on(tmp_path, kind, source, target):
  """The other family's estimator restores it and goes on from the same point."""
  old = classifier(kind, source, tmp_path / 'old')
  old.train(input_fn, steps=3)
  converter.convert(str(tmp_path / 'old'), str(tmp_path / 'new'), target)
  new = classifier(kind, target, tmp_path / 'new')

  evaluated = [e.evaluate(input_fn, steps=1) for e in (old, new)]
  assert evaluated[0]['average_loss'] == pytest.approx(
    evaluated[1]['average_loss'], rel=1e-6
  )
  new.train(input_fn, steps=20)
  assert new.get_variable_value('global_step') == 23
  after = new.evaluate(input_fn, steps=1)
  assert after['average_loss'] < evaluated[1]['average_loss']


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
    str(tmp_path / 'from/model.ckpt-5'), made_up(keys('DNNClassifier', 'v1'))
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


def test_command(tmp_path):
  """`python -m tfcompat_estimator convert-checkpoint` does the same."""
  tensors.write(
    str(tmp_path / 'from/model.ckpt-5'), made_up(keys('DNNClassifier', 'v1'))
  )
  command = [
    *(sys.executable, '-m', 'tfcompat_estimator', 'convert-checkpoint'),
    *(str(tmp_path / 'from'), str(tmp_path / 'to')),
    *('--to', 'v2', '--set', 'Adagrad/learning_rate=0.25'),
  ]
  done = subprocess.run(
    command, cwd=ROOT, capture_output=True, text=True, check=False
  )
  assert done.returncode == 0, done.stderr
  path = done.stdout.strip()

  assert path == str(tmp_path / 'to/model.ckpt-5')
  rate = tf.train.load_variable(path, 'training/Adagrad/learning_rate')
  assert rate == 0.25
  again = subprocess.run(
    command, cwd=ROOT, capture_output=True, text=True, check=False
  )
  assert again.returncode == 2
  assert 'Give an empty one' in again.stderr
