"""Compares the public names of TensorFlow 2.15.1 with those after install()."""

import json
import pathlib

import pytest

import tfcompat_estimator
from tests import fresh

ROOT = pathlib.Path(__file__).parents[2]
RECORDED = json.loads(
  (ROOT / 'tests' / 'contract' / 'tensorflow_names.json').read_text()
)
PRINT = (
  'import json; from tests.api import tensorflow_names; '
  'print(json.dumps(tensorflow_names.all_names()))'
)
# What went with tf.estimator but is no part of it.
ELSEWHERE = {
  f'{path}.CheckpointInputPipelineHook'
  for path in (
    'tf.data.experimental',
    'tf.compat.v1.data.experimental',
    'tf.compat.v2.data.experimental',
  )
} | {
  f'tf.compat.v1.tpu.experimental.{name}Parameters'
  for name in ('Adagrad', 'Adam', 'Ftrl', 'StochasticGradientDescent')
}
# A Python package beside the API modules, not an API of TensorFlow's; there until
# TF 2.16.
NOT_OFFERED = {'tf.tsl'}


def missing(start):
  """The recorded names that are not there in a fresh process, after `start`."""
  now = json.loads(fresh.printed('-c', f'{start}; {PRINT}'))
  gone = set()
  for path, names in RECORDED.items():
    if path.startswith('tf.tsl.') or '.estimator' in path:
      continue  # api_test.py holds those of tf.estimator
    gone |= {
      f'{path}.{name}' for name in set(names.split()) - set(now.get(path, ()))
    }
  return gone - NOT_OFFERED


def test_all_names_are_there_again():
  """With install() nothing is missing that programs could read."""
  start = 'import tfcompat_estimator; tfcompat_estimator.install()'

  assert not missing(start)


def test_what_went_with_estimator():
  """Without install() these names are missing, and no others."""
  assert missing('pass') == ELSEWHERE | {
    'tf.estimator',
    'tf.compat.v1.estimator',
    'tf.compat.v2.estimator',
  }


@pytest.mark.parametrize('name', sorted(ELSEWHERE))
def test_elsewhere(name):
  """They can be read, imported and listed; uninstall() takes them away."""
  module, _, last = name.rpartition('.')
  module = module.replace('tf.', 'tensorflow.', 1)
  before = {}
  exec(f'import {module} as module', before)

  with tfcompat_estimator.install():
    scope = {}
    exec(f'from {module} import {last}', scope)
    exec(f'from {module} import *', scope)
    exec(f'import tensorflow as tf; read = {name}', scope)
    assert scope['read'] is scope[last]
    assert last in dir(before['module'])
    with pytest.raises(AttributeError, match='no attribute'):
      before['module'].no_such_name  # noqa: B018

  assert not hasattr(before['module'], last)
