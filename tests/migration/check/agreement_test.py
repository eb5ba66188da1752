"""What `check` says of programs of TensorFlow 1 is what happens under --tf1."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest

from tests import fresh
from tests.migration.tf1 import styles_test

# Of each program what it does after `import tensorflow as tf`.
RUN = {
  'layers of contrib': 'tf.contrib.layers.fully_connected(tf.ones([2, 3]), 4)',
  'hyperparameters': 'tf.contrib.training.HParams(a=1).a',
  'lookups': "tf.contrib.lookup.index_table_from_tensor(tf.constant(['a']))",
  'streaming metrics': 'tf.contrib.metrics.streaming_accuracy([1], [1])',
  'decoders': 'tf.contrib.crf.crf_decode, tf.contrib.seq2seq.BeamSearchDecoder',
  'a TPU': 'tf.contrib.tpu.RunConfig()',
  'strategies': 'tf.contrib.distribute.CollectiveAllReduceStrategy',
  'columns of old': "tf.contrib.layers.real_valued_column('x')",
  'images of old': 'tf.image.resize_images(tf.ones([1, 2, 2, 3]), [4, 4])',
  'device filters': "tf.ConfigProto(device_filters=['/job:ps'])",
  'names that NumPy dropped': 'import numpy as np\nnp.zeros(2, np.int)',
  'private modules of Estimator': (
    'from tensorflow.python.estimator.canned import head\nhead._regression_head'
  ),
  'a name that its module lost': (
    'from tensorflow.python.framework import ops\n'
    'ops.register_tensor_conversion_function'
  ),
  'a class that its module lost': (
    'from tensorflow.python.ops import variables\nvariables.RefVariable'
  ),
  'what no version comes to': (
    "if hasattr(tf, 'no_such_name'):\n  tf.contrib.tensorrt.TRTEngineOp()"
  ),
  'what nobody calls': """
    def convert():
      return tf.contrib.tensorrt.create_inference_graph(None, [], 1)
    print('done')""",
  'a Session of its own': """
    x = tf.placeholder(tf.float32)
    y = x * 2
    with tf.Session() as session:
      handle = session.partial_run_setup([y], [x])
      session.partial_run(handle, y, {x: 1.})""",
}
REFUSED = {
  'boosted trees': 'tf.estimator.BoostedTreesClassifier([], 1)',
  'boosted trees of contrib': 'from tensorflow.contrib import boosted_trees\nboosted_trees.x',
  'TensorRT': 'tf.contrib.tensorrt.create_inference_graph(None, [], 1)',
  'quantization': 'tf.contrib.quantize.create_training_graph()',
  'sound': "tf.contrib.ffmpeg.decode_audio('x', 'wav', 1, 1)",
  'time series': 'tf.contrib.timeseries.ARRegressor',
  'Bigtable': 'tf.contrib.bigtable.BigtableClient',
  'Kafka': (
    'from tensorflow.contrib.kafka.python.ops import kafka_dataset_ops as k\nk.x'
  ),
  'a debugger': """
    from tensorflow.python import debug
    train([debug.LocalCLIDebugHook()])""",
  'parts of a run': """
    class Parts(tf.train.SessionRunHook):
      def after_create_session(self, session, coord):
        session.partial_run_setup([tf.train.get_global_step()], [])
    train([Parts()])""",
  'a private name that is gone': (
    'from tensorflow.python.ops import variables\nvariables.AbstractVariable'
  ),
  'a private name of data': (
    'from tensorflow.python.data.ops import dataset_ops\n'
    'class Mine(dataset_ops.MapDataset): pass'
  ),
}
_HEAD = """import tensorflow as tf
def train(hooks):
  column = tf.feature_column.numeric_column('x')
  data = lambda: tf.data.Dataset.from_tensors(({'x': [1.]}, [1.]))
  tf.estimator.LinearRegressor([column]).train(data, hooks=hooks, steps=1)
"""
# Runs each program in a process of its own, after TensorFlow is there.
_DRIVER = """
import os, runpy, sys
import tensorflow
for path in sys.argv[1:]:
  child = os.fork()
  if not child:
    try:
      runpy.run_path(path, run_name='__main__')
    except BaseException as error:
      print(type(error).__name__, error, file=sys.stderr)
      os._exit(1)
    os._exit(0)
  print('ENDED', int(os.waitpid(child, 0)[1] != 0), path, flush=True)
"""


@pytest.fixture(scope='module')
def programs(tmp_path_factory):
  """The files of all programs, by their names."""
  folder = tmp_path_factory.mktemp('programs')
  paths = {}
  for number, (name, text) in enumerate({**RUN, **REFUSED}.items()):
    paths[name] = folder / f'program_{number}.py'
    body = textwrap.dedent(text).strip()
    paths[name].write_text(f'{_HEAD}{body}\n')
  return paths


def command(*arguments):
  return subprocess.run(
    [sys.executable, '-m', 'tfcompat_estimator', *map(str, arguments)],
    env={**os.environ, 'PYTHONPATH': str(fresh.ROOT)},
    capture_output=True,
    text=True,
    check=False,
  )


def refused(paths):
  """The names of those that `check` says do not work."""
  report = json.loads(command('check', '--json', *paths.values()).stdout)
  verdicts = {
    pathlib.Path(each['path']).name: [f['verdict'] for f in each['findings']]
    for each in report['files']
  }
  return {n for n, path in paths.items() if 'no' in verdicts.get(path.name, ())}


def test_the_verdict_is_what_happens(programs):
  """Programs that work with --tf1, and those that do not."""
  driver = next(iter(programs.values())).with_name('driver.py')
  driver.write_text(_DRIVER)

  done = command('--tf1', driver, *programs.values())

  ended = dict(
    line.split()[2:0:-1]
    for line in done.stdout.splitlines()
    if line.startswith('ENDED')
  )
  failed = {n for n, path in programs.items() if ended[str(path)] == '1'}
  assert failed == set(REFUSED), done.stderr[-3000:]
  assert refused(programs) == set(REFUSED)


def test_the_styles_that_run_are_not_refused():
  """`make parity` runs these under TensorFlow 1.15 and here."""
  paths = {
    name: styles_test.STYLES / f'{name}.py' for name in styles_test.FOLDERS
  }

  assert refused(paths) == set()
