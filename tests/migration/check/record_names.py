"""Records names of TensorFlow that not every version, API or Keras has.

    python -m tests.migration.check.record_names FOLDER OLDER

under the newest TensorFlow, where FOLDER holds the package `tensorflow` of version
2.15.1 and OLDER `tensorflow_core` of 1.15, writes the file that `tensorflow_names`
reads. A name stands for all below it.
"""

import ast
import collections
import importlib
import json
import pathlib
import sys

import keras
import tensorflow as tf

import tfcompat_estimator
from tests.api import tensorflow_names_test
from tfcompat_estimator.migration.check import tensorflow_names

V1 = 'tf.compat.v1'
# It is in tf.keras with Keras 3, too, and fails when it is called.
REFUSES = 'optimizers.legacy'
# Not TensorFlow's own, or what this package is about.
LEFT_OUT = ('estimator', 'tsl', 'python.estimator')
# Folders of modules that are no programs, and no tests.
ROOMS = [
  'client',
  'data',
  'distribute',
  'eager',
  'feature_column',
  'framework',
  'layers',
  'lib',
  'ops',
  'platform',
  'saved_model',
  'summary',
  'training',
  'util',
]


def resolves(root, name):
  """Whether a module has a dotted name."""
  value = root
  try:
    for part in name.split('.'):
      value = getattr(value, part)
  except (AttributeError, ImportError):
    return False
  return True


def v1_names():
  """What TensorFlow 2.15.1 had below `tf.compat.v1`."""
  return {
    f'{path}.{name}'.removeprefix(V1).lstrip('.')
    for path, names in tensorflow_names_test.RECORDED.items()
    if f'{path}.'.startswith(f'{V1}.')
    for name in names.split()
  }


def keras_names(module, path=''):
  """The public names of a module of tf_keras' API, and of those below it."""
  for name in dir(module):
    value = getattr(module, name)
    if name.startswith('_'):
      continue
    yield f'{path}{name}'
    if getattr(value, '__name__', '').startswith('tf_keras.api.'):
      yield from keras_names(value, f'{path}{name}.')


def private_modules(folder):
  """The modules below `tensorflow.python`, told by their files."""
  root = pathlib.Path(folder) / 'tensorflow'
  found = set()
  for path in (root / 'python').rglob('*'):
    if path.is_dir() or path.suffix in ('.py', '.so'):
      name = path.relative_to(root).as_posix().partition('.')[0]
      if '/_' not in name:
        found.add(name.replace('/', '.'))
  return found


def below(names):
  """{what names are below: their last parts}; names below others left out."""
  rows = collections.defaultdict(list)
  for name in sorted(set(names) - set(LEFT_OUT)):
    parts = name.split('.')
    if not any('.'.join(parts[:end]) in names for end in range(1, len(parts))):
      rows['.'.join(parts[:-1])].append(parts[-1])
  return {owner: ' '.join(rows[owner]) for owner in sorted(rows)}


def public_lists():
  """The lists of public names, by their names in `tensorflow_names`."""
  tf_keras = importlib.import_module('tf_keras.api._v2.keras')
  keras_3 = importlib.import_module('keras._tf_keras.keras')
  only_in_keras_2 = {
    name
    for name in keras_names(tf_keras)
    if name == REFUSES or not resolves(keras_3, name)
  }
  return {
    'ONLY_IN_V1': {
      name
      for name in v1_names()
      if resolves(tf.compat.v1, name) and not resolves(tf, name)
    },
    'ONLY_IN_KERAS_2': only_in_keras_2,
    'ALSO_IN_KERAS_3': {
      name
      for name in only_in_keras_2
      if not name.startswith(REFUSES) and resolves(keras, name)
    },
  }


def gone_modules(folder):
  """The private modules of TensorFlow 2.15.1 that are not there today."""
  return private_modules(folder) - private_modules(
    pathlib.Path(tf.__file__).parents[1]
  )


def gone_names(*folders):
  """What private modules defined that are there today, and have it no more.

  Args:
    *folders: Of packages of old versions, whose sources are read.
  """
  found = set()
  for folder in folders:
    for path in pathlib.Path(folder, 'python').rglob('*.py'):
      _, room, *_ = parts = path.relative_to(folder).with_suffix('').parts
      module = '.'.join(parts)
      is_made = parts[-1].startswith('gen_') or parts[-1].endswith('_pb2')
      if room not in ROOMS or is_made or '_test' in module or '.__' in module:
        continue
      try:
        here = importlib.import_module(f'tensorflow.{module}')
      except ImportError:
        continue
      found |= {
        f'{module}.{name}'
        for name in defined(ast.parse(path.read_text('utf-8')).body)
        if not resolves(here, name)
      }
  return found


def defined(body):
  """The names of the functions, classes and values of a module."""
  for node in body:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
      yield node.name
    elif isinstance(node, ast.Assign):
      yield from (t.id for t in node.targets if isinstance(t, ast.Name))
    elif isinstance(node, ast.If | ast.Try):
      yield from defined([*node.body, *node.orelse])


if __name__ == '__main__':
  with tfcompat_estimator.install():
    folder, older = sys.argv[1:]
    made = {
      **public_lists(),
      'MODULES_GONE': gone_modules(folder),
      'NAMES_GONE': gone_names(
        f'{folder}/tensorflow', f'{older}/tensorflow_core'
      ),
    }
  text = json.dumps({key: below(made[key]) for key in made}, indent=1)
  tensorflow_names.FILE.write_text(f'{text}\n', 'utf-8')
