"""Checks what `import tensorflow` gives a program of TensorFlow 1, and others."""

import pytest

from tests import fresh

PROGRAM = """
import pickle, sys
from collections import Mapping
import numpy as np
assert np.int is int
import tensorflow as tf
import tensorflow.contrib.slim as slim
import tensorflow.contrib.layers
import tensorflow.keras.backend as K
import tensorflow.python.framework.ops as framework_ops
import tensorflow.python.keras.backend as private_backend
import tensorflow.python.keras.layers as private_layers
import tensorflow.python.training.tracking.base as tracking_base
import tensorflow.python.training.training_ops as training_ops
from tensorflow import contrib, flags
from tensorflow.contrib import rnn, layers as contrib_layers
from tensorflow.contrib.cudnn_rnn.python.layers import cudnn_rnn
from tensorflow.contrib.framework.python.ops import arg_scope, add_arg_scope
from tensorflow.contrib.slim.nets import resnet_v1
from tensorflow.contrib.slim.python.slim.nets import vgg
from tensorflow.contrib import quantize, tfprof
from tensorflow.contrib.quantize.python import graph_matcher
from tensorflow.contrib.tensorboard.plugins import projector
from tensorflow.contrib.training.python.training import hparam
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python import keras, pywrap_tensorflow
from tensorflow.python.framework import ops
from tensorflow.python.keras.layers import Dense
import library

assert tf.__version__.startswith('1.15') and tf.VERSION == tf.__version__
assert not tf.executing_eagerly()
assert tf.contrib.layers is contrib_layers is contrib.layers
assert tf.contrib.tpu.python.tpu.tpu_config.RunConfig is tf.contrib.tpu.RunConfig
assert tf.contrib.slim.python.slim.nets.vgg.vgg_16 is vgg.vgg_16
assert cudnn_rnn.CudnnLSTM is tf.contrib.cudnn_rnn.CudnnLSTM
assert tf.get_variable('v', [8 / 2, 1]).shape == [4, 1]
assert tf.contrib.framework.nest.is_sequence([])
assert tf.app and tf.flags is flags and tf.logging and tf.gfile
assert ops.Tensor and pywrap_tensorflow.NewCheckpointReader
assert framework_ops is ops and training_ops.resource_apply_adam
assert private_backend.__name__ == 'tf_keras.src.backend'
assert private_layers.Dense is Dense and tracking_base.Trackable
assert Dense.__module__.startswith('tf_keras') and keras.__name__ == (
    'tf_keras.src')
assert library.version.startswith('2.') and not library.has_contrib
hparams = hparam.HParams(rate=0.1)
assert pickle.loads(pickle.dumps(hparams)).rate == 0.1
with tf.Graph().as_default():
  slim.fully_connected(tf.placeholder(tf.float32, [None, 4]), 3)
  print([v.name for v in tf.global_variables()])
for statement in sys.argv[1:]:
  try:
    exec(statement)
  except (AttributeError, ImportError) as error:
    print(error)
"""
LIBRARY = """
import tensorflow as tf
version, has_contrib = tf.__version__, hasattr(tf, 'contrib')
"""
SAID = (
  ('from tensorflow.contrib.boosted_trees import X', 'decision-forests'),
  ('from tensorflow.contrib.boosted_trees.a.b import X', 'decision-forests'),
  ('from tensorflow.contrib.layers import nothing', 'layers.nothing is not'),
  ('import tensorflow.contrib.tensorrt as t; t.create', 'trt_convert'),
  ('quantize.create_training_graph', 'tensorflow-model-optimization'),
  ('graph_matcher.OpTypePattern', 'tensorflow-model-optimization'),
  ('tf.contrib.gan.anything', 'tensorflow-gan'),
  ('tf.nothing', "has no 'nothing'"),
)


@pytest.fixture(name='folder')
def fixture_folder(tmp_path):
  (tmp_path / 'program.py').write_text(PROGRAM)
  installed = tmp_path / 'site-packages'
  installed.mkdir()
  (installed / 'library.py').write_text(LIBRARY)
  return tmp_path


@pytest.mark.parametrize('options', [['--tf1'], []], ids=['option', 'variable'])
def test_programs_see_tensorflow_1_and_libraries_2(folder, options):
  """Each kind of import gives its own; what is not served is told."""
  done = fresh.run(
    '-m',
    'tfcompat_estimator',
    *options,
    'program.py',
    *(statement for statement, _ in SAID),
    cwd=folder,
    PYTHONPATH=f'{folder / "site-packages"}:{fresh.ROOT}',
    TFCOMPAT_ESTIMATOR=None if options else 'tf1',
  )

  lines = done.stdout.splitlines()
  assert done.returncode == 0, done.stderr
  assert lines[0] == "['fully_connected/weights:0', 'fully_connected/biases:0']"
  for line, (_, words) in zip(lines[1:], SAID, strict=True):
    assert words in line


COMPAT = """
import tensorflow.compat.v1 as tf
print(tf.executing_eagerly(), tf.__version__[:2])
import tensorflow
print(tensorflow.executing_eagerly(), tensorflow.__version__[:2])
"""


def test_programs_of_compat_v1_decide_themselves(tmp_path):
  """Only `import tensorflow` turns v2 behavior off."""
  (tmp_path / 'program.py').write_text(COMPAT)

  done = fresh.run(
    '-m', 'tfcompat_estimator', '--tf1', 'program.py', cwd=tmp_path
  )

  assert done.stdout.split() == ['True', '2.', 'False', '1.'], done.stderr


SPAWNS = """
import multiprocessing
import tensorflow as tf

def version(_):
  return tf.__version__

if __name__ == '__main__':
  with multiprocessing.get_context('spawn').Pool(1) as pool:
    print(pool.map(version, [1]))
"""


def test_spawned_processes_are_of_tensorflow_1(tmp_path):
  """`multiprocessing` starts interpreters that know it, too."""
  (tmp_path / 'program.py').write_text(SPAWNS)

  done = fresh.run(
    '-m', 'tfcompat_estimator', '--tf1', 'program.py', cwd=tmp_path
  )

  assert done.stdout.strip() == "['1.15.5']", done.stderr


UNINSTALLED = """
import builtins
before = builtins.__import__
import tfcompat_estimator
with tfcompat_estimator.install(tf1=True):
  import tensorflow as tf
  print(tf.VERSION)
assert builtins.__import__ is before
import tensorflow as tf
print(tf.__version__[0], hasattr(tf, 'contrib'))
"""


def test_uninstall_undoes_it():
  """After the block a program imports TensorFlow 2."""
  assert fresh.printed('-c', UNINSTALLED).split() == ['1.15.5', '2', 'False']


OLD_PATHS = """
import sys
import tensorflow as tf
from tensorflow.contrib.learn.python.learn import evaluable, learn_runner
from tensorflow.contrib.learn.python.learn.learn_io import generator_io
from tensorflow.contrib.learn.python.learn.estimators import run_config
from tensorflow.contrib.layers.python.layers import initializers, utils
from tensorflow.contrib.rnn.python.ops import core_rnn_cell, lstm_ops
from tensorflow.contrib.tpu.python.tpu import tpu_config, tpu_estimator
from tensorflow.contrib.opt.python.training.lazy_adam_optimizer import (
    LazyAdamOptimizer)

sys.path.append('site-packages')
from tensorflow.contrib import gan
import tensorflow.contrib.gan as tfgan

assert tfgan is gan is tf.contrib.gan and gan.estimator.GANEstimator
assert isinstance(evaluable.Evaluable, type) and generator_io.generator_input_fn
assert learn_runner.run and run_config.RunConfig and initializers.xavier_initializer
assert core_rnn_cell.BasicLSTMCell and lstm_ops.LSTMBlockFusedCell and utils
assert tpu_config.TPUConfig and tpu_estimator.TPUEstimator and LazyAdamOptimizer
print('all')
"""


def test_private_paths_lead_to_what_is_served(tmp_path):
  """Modules of tf.contrib are found by the paths that programs used."""
  (tmp_path / 'program.py').write_text(OLD_PATHS)
  successor = tmp_path / 'site-packages' / 'tensorflow_gan'
  successor.mkdir(parents=True)
  (successor / '__init__.py').write_text('from tensorflow_gan import estimator')
  (successor / 'estimator.py').write_text('GANEstimator = type')

  done = fresh.run(
    '-m', 'tfcompat_estimator', '--tf1', 'program.py', cwd=tmp_path
  )

  assert done.stdout.strip() == 'all', done.stderr


_TESTED = """
import tensorflow as tf
from tensorflow.contrib.training import HParams

def test_a_graph():
  with tf.Session() as session:
    assert session.run(tf.constant(HParams(rate=2).rate)) == 2
"""


def test_pytest_runs_tests_of_a_program(tmp_path):
  """Under pytest a program's tests see TensorFlow 1, too."""
  (tmp_path / 'test_program.py').write_text(_TESTED, 'utf-8')

  fresh.printed(
    *('-m', 'tfcompat_estimator', '--tf1', '-m', 'pytest', '-q'),
    *('-p', 'no:cacheprovider', 'test_program.py'),
    cwd=tmp_path,
  )


_NOTEBOOK = """
import tfcompat_estimator
tfcompat_estimator.load_ipython_extension(None)
import tensorflow as tf
print(tf.placeholder.__name__, tf.contrib.training.HParams(rate=2).rate)
tfcompat_estimator.unload_ipython_extension(None)
import tensorflow
print(hasattr(tensorflow, 'placeholder'))
"""


def test_load_ext_gives_a_notebook_tensorflow_1(tmp_path):
  """`%load_ext` calls the one function, `%unload_ext` the other."""
  path = tmp_path / 'cells.py'
  path.write_text(_NOTEBOOK, 'utf-8')

  said = fresh.printed(path, cwd=tmp_path)

  assert said.split() == ['placeholder', '2', 'False']
