"""Tests programs that put tf.compat.v1 in the place of `tensorflow`."""

import pytest

from tests import fresh

FIRST = """
import sys
import tensorflow.compat.v1 as v1
sys.modules['tensorflow'] = v1
import tfcompat_estimator
tfcompat_estimator.install()
"""
INSTALLED = """
import sys
import tfcompat_estimator
tfcompat_estimator.install()
import tensorflow.compat.v1 as v1
v1.disable_v2_behavior()
sys.modules['tensorflow'] = v1
"""
IN_USE = """
import sys
import tfcompat_estimator
tfcompat_estimator.Estimator
import tensorflow
v1 = sys.modules['tensorflow'] = tensorflow.compat.v1
"""
# In two threads, so that one may end while the other is within a module.
LOADS_ALL = """
import importlib, pkgutil, threading
names = [
  module.name
  for module in pkgutil.walk_packages(
    tfcompat_estimator.__path__, 'tfcompat_estimator.')
  if not module.name.endswith('__main__')
]
def load(names):
  for name in names:
    importlib.import_module(name)
threads = [
  threading.Thread(target=load, args=(part,))
  for part in (names[::2], names[1::2][::-1])
]
for thread in threads:
  thread.start()
for thread in threads:
  thread.join()
modules = [sys.modules[name] for name in names]
meant = {vars(module)['tf'] for module in modules if 'tf' in vars(module)}
import tensorflow
(tf,) = meant
tfcompat_estimator.install()
print(tf.__name__, tensorflow is v1,
      {type(module.__loader__).__name__ for module in modules},
      tf.estimator is tfcompat_estimator.v2,
      tensorflow.estimator is tfcompat_estimator.v1)
"""
TRAINS = """
import sys
import tensorflow.compat.v1 as tf
sys.modules['tensorflow'] = tf
tf.disable_v2_behavior()
import tensorflow
assert tensorflow.estimator.DNNClassifier is tf.estimator.DNNClassifier
x = tf.feature_column.numeric_column('x')
classifier = tensorflow.estimator.DNNClassifier([4], [x])
def input_fn():
  data = tf.data.Dataset.from_tensors(({'x': [[1.0], [2.0]]}, [[0], [1]]))
  return data.repeat(3)
classifier.train(input_fn)
print(classifier.evaluate(input_fn)['global_step'])
print(len(list(classifier.predict(input_fn))))
classifier.export_saved_model(
  sys.argv[1], tensorflow.estimator.export.build_raw_serving_input_receiver_fn(
    {'x': tf.placeholder(tf.float32, [None, 1])}))
print(tensorflow is tf)
"""


@pytest.mark.parametrize(
  'program', [FIRST, INSTALLED, IN_USE], ids=['first', 'installed', 'in_use']
)
def test_all_modules_mean_the_same_tensorflow(program):
  """However late each is loaded; the program still has what it put there."""
  output = fresh.printed('-c', program + LOADS_ALL)

  assert output.split('\n')[-2] == (
    "tensorflow True {'SourceFileLoader'} True True"
  )


def test_a_program_run_by_the_runner(tmp_path):
  """It trains, evaluates, predicts and exports."""
  program = tmp_path / 'program.py'
  program.write_text(TRAINS)

  output = fresh.printed(
    '-m', 'tfcompat_estimator', program, tmp_path / 'export'
  )

  assert output.split() == ['3', '6', 'True']


def test_nothing_is_changed_for_others():
  """Without the trick modules are found by Python's own finders."""
  output = fresh.printed(
    '-c',
    'import sys, tfcompat_estimator; from tfcompat_estimator.migration.entry import own_imports; '
    'tfcompat_estimator.Estimator; print([own_imports.Finder().find_spec(name, '
    'tfcompat_estimator.__path__) for name in '
    "('tfcompat_estimator.predictor', 'numpy')])",
  )

  assert output.split('\n')[-2] == '[None, None]'
