"""Checks the verdicts on names of Estimator and of TensorFlow."""

import importlib

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.api import api_test, tensorflow_names_test
from tests.migration.check import record_names
from tfcompat_estimator.migration.check import (
  catalog,
  verdicts,
)
from tfcompat_estimator.migration.old_paths import old_names

v1 = tf.compat.v1


def test_all_old_names_work():
  """Every name that old paths serve is one that works."""
  for path, names in old_names.MODULES.items():
    for name in names:
      full = f'tensorflow_estimator.python.estimator.{path}.{name}'
      assert catalog.judge(full) == (full, verdicts.works())


def test_all_public_names_work():
  """Every public name works in the API that has it."""
  for name, entry in api_test.CONTRACT.items():
    if entry['kind'] != 'module':
      path = f'tensorflow.{name.removeprefix("tf.")}'
      assert catalog.judge(path)[1] == verdicts.works(), name


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
        if full == 'tsl':  # there once a module of messages imports it
          continue
        judged = catalog.judge(f'tensorflow.{full}')
        if judged is None or judged[1] == verdicts.works():
          assert record_names.resolves(tf, full), full


def test_what_of_keras_needs_no_change_is_there():
  """Of the names of tf_keras, those that need no change are Keras 3's, too."""
  v2 = importlib.import_module('tf_keras.api._v2.keras')
  keras_3 = importlib.import_module('keras._tf_keras.keras')
  names = list(record_names.keras_names(v2))
  assert len(names) > 900
  for name in names:
    if (
      name != 'estimator' and catalog.judge(f'tensorflow.keras.{name}') is None
    ):
      assert record_names.resolves(keras_3, name), name


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
        assert record_names.resolves(tf, advice.removeprefix('tf.')), advice


@pytest.mark.parametrize(
  ('path', 'status'),
  [
    ('numpy.int', verdicts.CHANGE),
    ('numpy.product', verdicts.CHANGE),
    ('numpy.asscalar', verdicts.CHANGE),
    ('collections.Mapping', verdicts.CHANGE),
    ('inspect.getargspec', verdicts.CHANGE),
    (
      'tensorflow.contrib.learn.preprocessing.VocabularyProcessor.restore',
      verdicts.CHANGE,
    ),
    (
      'tensorflow.contrib.learn.preprocessing.CategoricalVocabulary',
      verdicts.NO,
    ),
    ('tensorflow.python.debug.LocalCLIDebugHook', verdicts.NO),
    (
      'tensorflow.python.framework.ops.register_tensor_conversion_function',
      verdicts.CHANGE,
    ),
    (
      'tensorflow.python.keras.engine.base_layer.InputSpec',
      verdicts.CHANGE,
    ),
  ],
)
def test_names_of_old_programs(path, status):
  """What went since TensorFlow 1.15 is told, with what to do."""
  judged = catalog.judge(path)

  assert judged is not None
  assert judged[1].status == status
  assert judged[1].advice


@pytest.mark.parametrize(
  'path', ['numpy.int32', 'tensorflow.python.framework.ops.get_default_graph']
)
def test_names_beside_them_are_left_alone(path):
  """They are there."""
  assert catalog.judge(path) is None
