"""Checks that what the verdicts say is true."""

import ast
import importlib
import pathlib

import keras
import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.api import api_test, tensorflow_names_test
from tfcompat_estimator.check import (
  catalog,
  contrib,
  scan,
  tensorflow_names,
  verdicts,
)
from tfcompat_estimator.distribution import strategies
from tfcompat_estimator.old_paths import paths, replaced

ROOT = pathlib.Path(__file__).parents[2]
v1 = tf.compat.v1


def test_advice_names_what_the_import_error_names():
  """Private names that are gone get the advice that their import gives."""
  for path, names in replaced.REPLACED.items():
    for name, advice in names.items():
      _, verdict = catalog.judge(
        f'tensorflow_estimator.python.estimator.{path}.{name}'
      )
      assert verdict.status == verdicts.NO
      assert verdict.advice == advice


def test_all_old_names_work():
  """Every name that old paths serve is one that works."""
  for path, names in paths.MODULES.items():
    for name in names:
      full = f'tensorflow_estimator.python.estimator.{path}.{name}'
      assert catalog.judge(full) == (full, verdicts.works())


def test_all_public_names_work():
  """Every public name works in the API that has it."""
  for name, entry in api_test.CONTRACT.items():
    if entry['kind'] != 'module':
      path = f'tensorflow.{name.removeprefix("tf.")}'
      assert catalog.judge(path)[1] == verdicts.works(), name


@pytest.mark.parametrize(
  'names, here, elsewhere',
  [
    (tensorflow_names.ONLY_IN_V1, tf.compat.v1, tf),
    (tensorflow_names.GONE, None, tf),
  ],
)
def test_lists_of_names_are_true(names, here, elsewhere):
  """TensorFlow has, and lacks, what the lists say."""
  with tfcompat_estimator.install():
    for name in names:
      if here is not None:
        assert resolves(here, name), name
      assert not resolves(elsewhere, name), name


def test_keras_2_lists_are_true():
  """tf_keras has what Keras 3 is said to lack, and Keras 3 lacks it."""
  v2 = importlib.import_module('tf_keras.api._v2.keras')
  tf_keras_3 = importlib.import_module('keras._tf_keras.keras')
  refuses = {'optimizers.legacy'}  # it is there, and fails when it is called
  for name in tensorflow_names.ONLY_IN_KERAS_2 - refuses:
    assert resolves(v2, name), name
    assert not resolves(tf_keras_3, name), name
    in_keras_3 = name in tensorflow_names.ALSO_IN_KERAS_3
    assert resolves(keras, name) == in_keras_3, name


def resolves(root, name):
  value = root
  try:
    for part in name.split('.'):
      value = getattr(value, part)
  except (AttributeError, ImportError):
    return False
  return True


def test_advice_for_contrib_leads_somewhere():
  """What took the place of a name of tf.contrib exists."""
  with tfcompat_estimator.install():
    for name in contrib.SAME:
      advice = contrib.judge(name).advice
      if advice.startswith('tf.'):
        assert resolves(tf, advice.removeprefix('tf.')), advice


@pytest.mark.parametrize('api', ['tf', 'tf.compat.v1'])
def test_what_needs_no_change_is_there(api):
  """Of TensorFlow 2.15's names, those that need no change are there."""
  with tfcompat_estimator.install():
    for path, names in tensorflow_names_test.RECORDED.items():
      in_v1 = f'{path}.'.startswith('tf.compat.v1.')
      if in_v1 != (api == 'tf.compat.v1') or '.tsl' in path:
        continue
      for name in names.split():
        full = f'{path}.{name}'.removeprefix('tf.')
        judged = catalog.judge(f'tensorflow.{full}')
        if judged is None or judged[1] == verdicts.works():
          assert resolves(tf, full), full


def keras_names(module, path=''):
  """The public names of a module of tf_keras' API, and of those below it."""
  for name in dir(module):
    value = getattr(module, name)
    if name.startswith('_'):
      continue
    yield f'{path}{name}'
    if getattr(value, '__name__', '').startswith('tf_keras.api.'):
      yield from keras_names(value, f'{path}{name}.')


def test_what_of_keras_needs_no_change_is_there():
  """Of the names of tf_keras, those that need no change are Keras 3's, too."""
  v2 = importlib.import_module('tf_keras.api._v2.keras')
  keras_3 = importlib.import_module('keras._tf_keras.keras')
  names = list(keras_names(v2))
  assert len(names) > 900
  for name in names:
    if (
      name != 'estimator' and catalog.judge(f'tensorflow.keras.{name}') is None
    ):
      assert resolves(keras_3, name), name


def test_changes_lead_somewhere():
  """The other API's name, where the advice is one, exists."""
  with tfcompat_estimator.install():
    for name in api_test.CONTRACT:
      other = name.replace('tf.', 'tf.compat.v1.', 1)
      if name.startswith('tf.compat.v1.'):
        other = name.replace('tf.compat.v1.', 'tf.', 1)
      judged = catalog.judge(other.replace('tf', 'tensorflow', 1))
      if judged and judged[1].status == verdicts.CHANGE:
        advice = judged[1].advice
        assert resolves(tf, advice.removeprefix('tf.')), advice


STRATEGIES = [
  f'{api}.{name}'
  for api, module in (
    ('tf.distribute', tf.distribute),
    ('tf.distribute.experimental', tf.distribute.experimental),
    ('tf.compat.v1.distribute', v1.distribute),
    ('tf.compat.v1.distribute.experimental', v1.distribute.experimental),
  )
  for name in dir(module)
  if name.endswith('Strategy') and name != 'Strategy'
]


@pytest.mark.parametrize('name', STRATEGIES)
def test_verdicts_on_strategies(name):
  """A strategy works in a RunConfig if trainings take it."""
  path = name.removeprefix('tf.')
  cls = tf
  for part in path.split('.'):
    cls = getattr(cls, part)
  strategy = cls.__new__(cls)  # they need TPUs, or servers
  try:
    strategies.check(strategy)
  except (NotImplementedError, ValueError):
    expected = verdicts.NO
  else:
    expected = verdicts.WORKS
  program = ast.parse(
    f'import tensorflow as tf\nx = {name}()\n'
    'tf.estimator.RunConfig(train_distribute=x)'
  )

  found = {each.name: each.verdict.status for each in scan.scan(program)}

  assert found['RunConfig(train_distribute=...)'] == expected


def test_names_of_docs_exist():
  """Pages that verdicts point to are there, with the sections they name."""
  folder = ROOT / 'tfcompat_estimator' / 'check'
  for path in folder.glob('*.py'):
    for node in ast.walk(ast.parse(path.read_text('utf-8'))):
      value = getattr(node, 'value', None)
      if isinstance(value, str) and value.startswith('docs/'):
        page, _, section = value.partition('#')
        text = (ROOT / page).read_text('utf-8')
        headings = [
          line.lstrip('# ').lower().replace('.', '').replace(' ', '-')
          for line in text.splitlines()
          if line.startswith('#')
        ]
        assert not section or section in headings, value
