"""Goes on with converted checkpoints in the other family."""

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from tests import loss_hook
from tfcompat_estimator.migration.checkpoints import converter
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1


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


def losses_of(estimator, steps):
  hook = loss_hook.Losses()
  estimator.train(input_fn, hooks=[hook], steps=steps)
  return hook.values


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
