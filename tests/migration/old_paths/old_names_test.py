"""Checks that imports of tensorflow_estimator lead to the same objects."""

import importlib
import json
import pathlib
import sys

import pytest
import tensorflow as tf

import tfcompat_estimator
from tfcompat_estimator.migration.old_paths import old_names

PACKAGE = 'tensorflow_estimator.python.estimator'

# What the modules of tensorflow-estimator 2.15.0 defined, private names and
# those of their tests' helpers included: {module: its names}.
OLD_NAMES = json.loads(
  (
    pathlib.Path(__file__).parents[2] / 'contract' / 'old_names.json'
  ).read_text()
)
# The modules that they had imported: {module: {attribute: module}}.
OLD_SIBLINGS = json.loads(
  (
    pathlib.Path(__file__).parents[2] / 'contract' / 'old_siblings.json'
  ).read_text()
)
ALL = [(m, n) for m, names in old_names.MODULES.items() for n in names]


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install():
    yield


def run(statement):
  """Executes an import statement; returns what it defined."""
  scope = {}
  exec(statement, scope)
  return scope


@pytest.mark.parametrize('module, name', ALL)
def test_name_can_be_imported(module, name):
  """Every name of the lists leads to an object, under both old packages."""
  found = run(f'from {PACKAGE}.{module} import {name}')[name]

  old = run(f'from tensorflow.python.estimator.{module} import {name}')
  assert old[name] is found


SAME = {
  'canned.dnn:DNNClassifierV2': lambda: tf.estimator.DNNClassifier,
  'canned.dnn:DNNClassifier': lambda: tf.compat.v1.estimator.DNNClassifier,
  'canned.linear:LinearRegressorV2': lambda: tf.estimator.LinearRegressor,
  'canned.kmeans:KMeansClustering': lambda: (
    tf.compat.v1.estimator.experimental.KMeans
  ),
  'estimator:EstimatorV2': lambda: tf.estimator.Estimator,
  'estimator:Estimator': lambda: tf.compat.v1.estimator.Estimator,
  'model_fn:EstimatorSpec': lambda: tf.estimator.EstimatorSpec,
  'mode_keys:ModeKeys': lambda: tf.estimator.ModeKeys,
  'run_config:RunConfig': lambda: tf.estimator.RunConfig,
  'export.export_output:PredictOutput': lambda: (
    tf.estimator.export.PredictOutput
  ),
  'export.export_lib:ServingInputReceiver': lambda: (
    tf.estimator.export.ServingInputReceiver
  ),
  'head.base_head:Head': lambda: tf.estimator.Head,
  'hooks.session_run_hook:SessionRunHook': lambda: (
    tf.compat.v1.train.SessionRunHook
  ),
  'inputs.numpy_io:numpy_input_fn': lambda: (
    tf.compat.v1.estimator.inputs.numpy_input_fn
  ),
  'training:train_and_evaluate': lambda: tf.estimator.train_and_evaluate,
  'early_stopping:stop_if_no_decrease_hook': lambda: (
    tf.estimator.experimental.stop_if_no_decrease_hook
  ),
}


@pytest.mark.parametrize('old', SAME)
def test_old_paths_lead_to_the_public_objects(old):
  """Isinstance holds between what old and new paths give."""
  module, name = old.split(':')

  found = getattr(importlib.import_module(f'{PACKAGE}.{module}'), name)

  assert found is SAME[old]()


@pytest.mark.parametrize(
  'statement',
  [
    'from tensorflow_estimator.python.estimator.canned import head as m',
    'import tensorflow_estimator.python.estimator.canned.head as m',
    'import tensorflow_estimator as m; m = m.python.estimator.canned.head',
    'from tensorflow.python.estimator.canned import head as m',
  ],
)
def test_forms_of_import(statement):
  """A module is the same, however it is imported."""
  module = run(statement)['m']

  assert module.LossSpec.__name__ == 'LossSpec'
  assert module is importlib.import_module(f'{PACKAGE}.canned.head')


def test_the_package_itself():
  """`tensorflow_estimator` has a version and the namespaces."""
  package = run('import tensorflow_estimator as m')['m']

  assert package.__version__ == '2.15.0'
  assert package.estimator is tf.compat.v1.estimator
  api = run(f'from {PACKAGE}.api._v2 import estimator as m')['m']
  assert api is tf.estimator
  api = run(f'from {PACKAGE}.api._v1.estimator import tpu as m')['m']
  assert api is tf.compat.v1.estimator.tpu


def test_what_went_with_estimator():
  """Names of TensorFlow 2.15, beside Estimator, that frameworks import."""
  exported = run(
    f'from {PACKAGE}.estimator_export import estimator_export as m'
  )
  training = run('from tensorflow.python.training import training_ops as m')[
    'm'
  ]
  distribution = run(
    'from tensorflow.python.distribute import estimator_training as m'
  )['m']
  inputs = run('from tensorflow_estimator.estimator import inputs as m')['m']
  calls = []

  class Executor:
    def __init__(self, **given):
      self.run = lambda: calls.append(given)

  distribution.train_and_evaluate(1, 2, 3, Executor)

  assert exported['m']('estimator.Mine', v1=['estimator.Mine'])(dict) is dict
  assert callable(training.resource_apply_adam)
  assert not distribution.should_run_distribute_coordinator(None)
  assert calls == [{'estimator': 1, 'train_spec': 2, 'eval_spec': 3}]
  assert inputs.numpy_input_fn is tf.compat.v1.estimator.inputs.numpy_input_fn


@pytest.mark.parametrize(
  'statement, message',
  [
    (f'from {PACKAGE}.canned.rnn import _CELL_TYPES', 'use an RNNEstimator'),
    (
      f'from {PACKAGE}.training import _NewCheckpointListenerForEvaluate',
      'use train_and',
    ),
    (f'from {PACKAGE}.canned.dnn import _what', "has no '_what'"),
    (f'from {PACKAGE}.canned import timeseries', 'it was experimental'),
    (f'import {PACKAGE}.canned.timeseries.head', 'it was experimental'),
    (f'import {PACKAGE}.tpu.tpu_context', 'it was for TPU hosts'),
    ('from tensorflow.estimator import DNNModel', "has no 'DNNModel'"),
    ('import tensorflow_estimator.contrib', 'contrib'),
    (
      f'import {PACKAGE}.run_config.RunConfig',
      'no module: from .* import RunC',
    ),
  ],
)
def test_what_is_missing_is_explained(statement, message):
  """A name or module without successor says what took its place."""
  with pytest.raises(ImportError, match=message):
    run(statement)


@pytest.mark.parametrize('module', OLD_SIBLINGS)
def test_modules_that_old_modules_import(module):
  """`head.metric_keys`, `dnn.head_lib` and such are the modules themselves."""
  found = importlib.import_module(f'{PACKAGE}.{module}')

  for attribute, other in OLD_SIBLINGS[module].items():
    wanted = importlib.import_module(f'{PACKAGE}.{other}')
    assert getattr(found, attribute) is wanted
    name = f'{PACKAGE}.{module}'
    assert run(f'from {name} import {attribute} as m')['m'] is wanted


@pytest.mark.parametrize('module', OLD_NAMES)
def test_every_old_name_is_offered_or_explained(module):
  """No name of the real package ends in an error that does not help."""
  if any(f'{module}.'.startswith(f'{gone}.') for gone in old_names.GONE):
    with pytest.raises(ImportError, match='does not offer'):
      run(f'import {PACKAGE}.{module}')
    return

  offered = set(old_names.MODULES[module])
  explained = set(old_names.REPLACED.get(module, ()))

  assert {*OLD_NAMES[module].split()} <= offered | explained


def test_replaced_names_are_not_offered():
  """No name is both offered and said to be replaced."""
  for module, names in old_names.REPLACED.items():
    assert not set(names) & set(old_names.MODULES[module])
  assert not set(old_names.GONE) & set(old_names.MODULES)


def test_uninstall_forgets_the_old_paths():
  """Without install() there is no tensorflow_estimator."""
  run(f'import {PACKAGE}.canned.head')

  tfcompat_estimator.uninstall()

  assert not [m for m in sys.modules if m.startswith('tensorflow_estimator')]
  with pytest.raises(ModuleNotFoundError):
    run('import tensorflow_estimator')
