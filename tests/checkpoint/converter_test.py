"""Converts checkpoints between the families, name by name and in use."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

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


COLUMNS = [tf.feature_column.numeric_column('x', 3)]


def classifier(kind, family, model_dir, **optimizers):
  """A small canned classifier of one of the families."""
  from tfcompat_estimator.canned import dnn, dnn_linear_combined, linear

  config = run_config.RunConfig(model_dir=str(model_dir), tf_random_seed=1)
  suffix = 'V2' if family == 'v2' else ''
  if family == 'v1':
    # What the v2 family does by default.
    optimizers['loss_reduction'] = v1.losses.Reduction.SUM_OVER_BATCH_SIZE
  if kind == 'dnn':
    cls = getattr(dnn, 'DNNClassifier' + suffix)
    return cls([4], COLUMNS, config=config, **optimizers)
  if kind == 'linear':
    cls = getattr(linear, 'LinearClassifier' + suffix)
    return cls(COLUMNS, config=config, **optimizers)
  cls = getattr(dnn_linear_combined, 'DNNLinearCombinedClassifier' + suffix)
  return cls(
    linear_feature_columns=COLUMNS,
    dnn_feature_columns=COLUMNS,
    dnn_hidden_units=[4],
    config=config,
    **optimizers,
  )


class Losses(v1.train.SessionRunHook):
  """Keeps the loss of each step."""

  def __init__(self):
    self.values = []

  def begin(self):
    (self._loss,) = v1.get_collection(v1.GraphKeys.LOSSES)[-1:]

  def before_run(self, run_context):
    return v1.train.SessionRunArgs(self._loss)

  def after_run(self, run_context, run_values):
    self.values.append(run_values.results)


def losses_of(estimator, steps):
  losses = Losses()
  estimator.train(input_fn, hooks=[losses], steps=steps)
  return losses.values


legacy = tf_keras.optimizers.legacy
# The same mathematics in both families, but for where epsilon is added.
OPTIMIZERS = {
  'Adagrad': (
    lambda: v1.train.AdagradOptimizer(0.05),
    lambda: legacy.Adagrad(0.05),
    {},
  ),
  'ProximalAdagrad': (
    lambda: v1.train.ProximalAdagradOptimizer(0.05),
    lambda: legacy.Adagrad(0.05),
    {},
  ),
  'Adam': (
    lambda: v1.train.AdamOptimizer(0.05, 0.8, 0.99),
    lambda: legacy.Adam(0.05, 0.8, 0.99),
    {'beta_1': 0.8, 'beta_2': 0.99},
  ),
  'Ftrl': (
    lambda: v1.train.FtrlOptimizer(0.05, l2_regularization_strength=0.01),
    lambda: legacy.Ftrl(0.05, l2_regularization_strength=0.01),
    {'l2_regularization_strength': 0.01},
  ),
  'RMSProp': (
    lambda: v1.train.RMSPropOptimizer(0.05),
    lambda: legacy.RMSprop(0.05),
    {},
  ),
  'RMSProp momentum': (
    lambda: v1.train.RMSPropOptimizer(0.05, momentum=0.5, epsilon=1e-7),
    lambda: legacy.RMSprop(0.05, momentum=0.5),
    {'momentum': 0.5},
  ),
  'RMSProp centered': (
    lambda: v1.train.RMSPropOptimizer(
      0.05, momentum=0.5, epsilon=1e-7, centered=True
    ),
    lambda: legacy.RMSprop(0.05, momentum=0.5, centered=True),
    {'momentum': 0.5},
  ),
  'Adadelta': (
    lambda: v1.train.AdadeltaOptimizer(0.5, epsilon=1e-6),
    lambda: legacy.Adadelta(0.5, epsilon=1e-6),
    {},
  ),
  'Momentum': (
    lambda: v1.train.MomentumOptimizer(0.05, 0.9),
    lambda: legacy.SGD(0.05, 0.9),
    {'momentum': 0.9},
  ),
  'Nesterov': (
    lambda: v1.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True),
    lambda: legacy.SGD(0.05, 0.9, nesterov=True),
    {'momentum': 0.9},
  ),
  'SGD': (
    lambda: v1.train.GradientDescentOptimizer(0.05),
    lambda: legacy.SGD(0.05),
    {},
  ),
}


# Each kind of slot; the others take their time.
DEFAULT = ('Adam', 'Momentum', 'RMSProp centered')


@pytest.mark.parametrize('source, target', [('v1', 'v2'), ('v2', 'v1')])
@pytest.mark.parametrize(
  'kind, name',
  [
    ('dnn', 'Adam'),
    *(
      pytest.param(
        'combined', name, marks=[] if name in DEFAULT else [pytest.mark.slow]
      )
      for name in OPTIMIZERS
    ),
  ],
)
def test_training_goes_on(tmp_path, name, kind, source, target):
  """The other family's estimator has the losses that this one would have.

  In a combined model both parts have an optimizer of this kind.
  """
  if (name, source) == ('ProximalAdagrad', 'v2'):
    pytest.skip('the v2 family has none')
  *makers, own = OPTIMIZERS[name]
  make = dict(zip(('v1', 'v2'), makers, strict=True))
  parts = {
    'dnn': ['optimizer'],
    'combined': ['dnn_optimizer', 'linear_optimizer'],
  }
  old, new = (
    classifier(
      kind,
      side,
      tmp_path / side,
      **{part: make[side]() for part in parts[kind]},
    )
    for side in (source, target)
  )
  old.train(input_fn, steps=3)
  hyperparameters = {}
  if target == 'v2':
    optimizer = make['v2']().get_config()['name']
    for number in ('', '_1')[: len(parts[kind])]:
      for key, value in {'learning_rate': 0.05, **own}.items():
        hyperparameters[f'{optimizer}{number}/{key}'] = value
    if name == 'Adadelta':
      hyperparameters = dict.fromkeys(hyperparameters, 0.5)
  converter.convert(
    str(tmp_path / source),
    str(tmp_path / target),
    target,
    hyperparameters=hyperparameters,
  )

  expected = losses_of(old, 4)
  np.testing.assert_allclose(losses_of(new, 4), expected, rtol=2e-5)
  assert new.get_variable_value('global_step') == 7
  assert expected[-1] < expected[0]


@pytest.mark.parametrize('source, target', [('v1', 'v2'), ('v2', 'v1')])
@pytest.mark.parametrize('kind', ['dnn', 'linear', 'combined'])
def test_default_optimizers(tmp_path, kind, source, target):
  """Nothing has to be given for estimators as they come."""
  old = classifier(kind, source, tmp_path / 'old')
  old.train(input_fn, steps=3)
  converter.convert(str(tmp_path / 'old'), str(tmp_path / 'new'), target)
  new = classifier(kind, target, tmp_path / 'new')

  (loss,) = losses_of(new, 1)
  assert losses_of(old, 1) == [pytest.approx(loss)]
  new.train(input_fn, steps=10)
  assert new.get_variable_value('global_step') == 14


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
