"""Checks what is found in programs, and the verdict on it."""

import ast
import pathlib
import textwrap

import pytest

from tfcompat_estimator.migration.check import scan, sources, verdicts

ROOT = pathlib.Path(__file__).parents[3]
WORKS, CHANGE, NO = verdicts.WORKS, verdicts.CHANGE, verdicts.NO


def found(text):
  """{name: status} of a program."""
  tree = ast.parse(textwrap.dedent(text))
  return {each.name: each.verdict.status for each in scan.scan(tree)}


PROGRAMS = {
  'public': (
    """
    import tensorflow as tf
    print(tf.estimator.ModeKeys.TRAIN)
    """,
    {'tf.estimator.ModeKeys': WORKS},
  ),
  'compat': (
    """
    import tensorflow.compat.v1 as tf
    tf.disable_v2_behavior()
    tf.estimator.inputs.numpy_input_fn
    tf.placeholder
    """,
    {'tf.compat.v1.estimator.inputs.numpy_input_fn': WORKS},
  ),
  'dotted_import': (
    """
    import tensorflow.compat.v1
    tensorflow.compat.v1.estimator.DNNClassifier
    """,
    {'tf.compat.v1.estimator.DNNClassifier': WORKS},
  ),
  'from_import': (
    """
    from tensorflow import estimator as est
    from tensorflow.estimator import export, RunConfig
    def f():
      return est.Estimator, export.ServingInputReceiver
    """,
    {
      'tf.estimator.Estimator': WORKS,
      'tf.estimator.RunConfig': WORKS,
      'tf.estimator.export.ServingInputReceiver': WORKS,
    },
  ),
  'assigned': (
    """
    import tensorflow as tf
    e = tf.estimator
    class Model:
      kind = e.LinearRegressor
    """,
    {'tf.estimator.LinearRegressor': WORKS},
  ),
  'imported_in_a_function': (
    """
    def f():
      import tensorflow as tf
      v1 = tf.compat.v1
      return v1.estimator.LinearClassifier
    """,
    {'tf.compat.v1.estimator.LinearClassifier': WORKS},
  ),
  'try_import': (
    """
    try:
      import tensorflow.compat.v1 as tf
    except ImportError:
      import tensorflow as tf
    tf.placeholder
    tf.estimator.Estimator
    """,
    {'tf.compat.v1.estimator.Estimator': WORKS},
  ),
  'from_a_helper': (
    """
    from .common import tf
    tf.estimator.Estimator
    """,
    {'tf.estimator.Estimator': WORKS},
  ),
  'from_helpers_with_the_api': (
    """
    from adanet import tf_compat
    from .common import tf1
    tf_compat.v1.estimator.tpu.TPUEstimator(use_tpu=False)
    tf1.estimator.Estimator
    """,
    {
      'tf.compat.v1.estimator.tpu.TPUEstimator': WORKS,
      'tf.compat.v1.estimator.Estimator': WORKS,
    },
  ),
  'getattr': (
    """
    import tensorflow as tf
    getattr(tf.estimator, 'Estimator')
    """,
    {'tf.estimator.Estimator': WORKS},
  ),
  'shadowed': (
    """
    import tensorflow as tf
    def f(tf):
      return tf.contrib
    x = [tf.placeholder for tf in range(3)]
    """,
    {},
  ),
  'not_tensorflow': (
    """
    import mylib as tf
    from sklearn import estimator
    tf.contrib.learn
    estimator.DNNClassifier
    """,
    {},
  ),
  'assigned_to_itself': (
    """
    import tensorflow as tf
    e = e.x
    tf = tf.compat.v1
    tf.estimator.Estimator
    tf.placeholder
    """,
    {'tf.compat.v1.estimator.Estimator': WORKS},
  ),
  'by_version': (
    """
    import tensorflow as tf
    if tf.__version__ >= '2':
      import tensorflow.compat.v1 as tf
    tf.placeholder
    tf.estimator.Estimator
    """,
    {'tf.compat.v1.estimator.Estimator': WORKS},
  ),
  'other_api': (
    """
    import tensorflow as tf
    tf.estimator.inputs.pandas_input_fn(x=1)
    tf.compat.v1.estimator.experimental.RNNClassifier
    """,
    {
      'tf.estimator.inputs': CHANGE,
      'tf.compat.v1.estimator.experimental.RNNClassifier': CHANGE,
    },
  ),
  'no_such_name': (
    """
    import tensorflow as tf
    tf.estimator.SVM
    tf.estimator.BoostedTreesClassifier
    tf.compat.v1.estimator.BoostedTreesRegressor
    """,
    {
      'tf.estimator.SVM': NO,
      'tf.estimator.BoostedTreesClassifier': NO,
      'tf.compat.v1.estimator.BoostedTreesRegressor': NO,
    },
  ),
  'old_paths': (
    """
    from tensorflow.python.estimator.model_fn import EstimatorSpec
    from tensorflow_estimator.python.estimator.canned import head as head_lib
    from tensorflow_estimator.python.estimator import estimator as est
    head_lib._regression_head(label_dimension=2)
    est.model_fn_lib
    import tensorflow_estimator
    """,
    {
      'tensorflow.python.estimator.model_fn.EstimatorSpec': WORKS,
      'tensorflow_estimator.python.estimator.canned.head': WORKS,
      'tensorflow_estimator.python.estimator.canned.head._regression_head': (
        WORKS
      ),
      'tensorflow_estimator.python.estimator.estimator': WORKS,
      'tensorflow_estimator.python.estimator.estimator.model_fn_lib': WORKS,
      'tensorflow_estimator': WORKS,
    },
  ),
  'replaced': (
    """
    from tensorflow_estimator.python.estimator.tpu import tpu_estimator as t
    from tensorflow_estimator.python.estimator.canned.timeseries import ar_model
    t.PeriodicLogger
    """,
    {
      'tensorflow_estimator.python.estimator.tpu.tpu_estimator': WORKS,
      'tensorflow_estimator.python.estimator.tpu.tpu_estimator.PeriodicLogger': (
        NO
      ),
      'tensorflow_estimator.python.estimator.canned.timeseries.ar_model': (NO),
    },
  ),
  'contrib': (
    """
    import tensorflow as tf
    from tensorflow.contrib import predictor
    from tensorflow.contrib.learn.python.learn import learn_runner
    tf.contrib.estimator.add_metrics
    tf.contrib.training.HParams(a=1)
    tf.contrib.unheard.of
    """,
    {
      'tf.contrib.predictor': CHANGE,
      'tf.contrib.learn.python.learn.learn_runner': CHANGE,
      'tf.contrib.estimator.add_metrics': CHANGE,
      'tf.contrib.training.HParams': CHANGE,
      'tf.contrib.unheard.of': NO,
    },
  ),
  'behind a question for the version': (
    """
    import tensorflow as tf
    if tf.__version__ >= '2':
      import other
    else:
      from tensorflow.contrib import tensorrt
    make = tf.contrib.gan.make if tf.__version__ < '2' else None
    tf.contrib.ffmpeg
    """,
    {'tf.contrib.ffmpeg': NO},
  ),
  'behind a question for the name, or nowhere': (
    """
    import tensorflow as tf
    if hasattr(tf, 'contrib'):
      tf.contrib.tensorrt.create()
    if False:
      tf.contrib.verbs.serve()
    else:
      tf.contrib.ffmpeg
    if hasattr(args, 'file'):
      tf.contrib.copy_graph
    make = tf.contrib.gdr if getattr(tf.nn, 'gelu', None) is None else None
    """,
    {'tf.contrib.ffmpeg': NO, 'tf.contrib.copy_graph': NO},
  ),
  'only_in_v1': (
    """
    import tensorflow as tf
    tf.placeholder(tf.float32)
    tf.train.AdamOptimizer(0.1)
    tf.layers.dense(1, 2)
    tf.nn.rnn_cell.LSTMCell(3)
    tf.logging.set_verbosity(tf.logging.INFO)
    tf.compat.v1.layers.dense(1, 2)
    tf.data.Dataset
    """,
    {
      'tf.placeholder': CHANGE,
      'tf.train.AdamOptimizer': CHANGE,
      'tf.layers': CHANGE,
      'tf.nn.rnn_cell': CHANGE,
      'tf.logging': CHANGE,
      'tf.compat.v1.layers': WORKS,
    },
  ),
  'keras_2': (
    """
    import tensorflow as tf
    import keras
    from tensorflow import keras as k
    tf.keras.layers.DenseFeatures([])
    k.layers.Dense(3)
    k.estimator.model_to_estimator
    k.optimizers.Adam(lr=0.1)
    tf.losses.mean_squared_error
    keras.layers.LocallyConnected1D
    keras.saving.load_model
    tf.compat.v1.keras.layers.DenseFeatures
    """,
    {
      'tf.keras.layers.DenseFeatures': CHANGE,
      'tf.keras.estimator.model_to_estimator': WORKS,
      'Adam(lr=...)': CHANGE,
      'tf.losses.mean_squared_error': CHANGE,
      'keras.layers.LocallyConnected1D': CHANGE,
    },
  ),
  'gone': (
    """
    import tensorflow as tf
    from tensorflow.python.tpu import tpu_estimator, tpu_context
    tf.data.experimental.CheckpointInputPipelineHook
    tf.tpu.experimental.AdamParameters
    """,
    {
      'tf.tpu.experimental.AdamParameters': CHANGE,
      'tensorflow.python.tpu.tpu_estimator': CHANGE,
      'tensorflow.python.tpu.tpu_context': NO,
      'tf.data.experimental.CheckpointInputPipelineHook': WORKS,
    },
  ),
  'tpu': (
    """
    import tensorflow.compat.v1 as tf
    tf.estimator.tpu.TPUEstimator(model_fn=f, config=c)
    tf.estimator.tpu.TPUEstimator(model_fn=f, use_tpu=FLAGS.use_tpu)
    """,
    {
      'tf.compat.v1.estimator.tpu.TPUEstimator': WORKS,
      'TPUEstimator(use_tpu=True)': CHANGE,
    },
  ),
  'strategies': (
    """
    import os
    import tensorflow as tf
    one = tf.distribute.MirroredStrategy()
    two = tf.distribute.TPUStrategy(x)
    tf.estimator.RunConfig(
      train_distribute=one,
      eval_distribute=two,
      experimental_distribute=None)
    os.environ['TF_CONFIG']
    """,
    {
      'tf.estimator.RunConfig': WORKS,
      'RunConfig(train_distribute=...)': WORKS,
      'RunConfig(eval_distribute=...)': NO,
      'TF_CONFIG': WORKS,
    },
  ),
  'standalone_client': (
    """
    import tensorflow as tf
    from tensorflow.python.distribute import distribute_config
    tf.estimator.RunConfig(
      experimental_distribute=distribute_config.DistributeConfig(
        train_distribute=tf.distribute.MirroredStrategy(),
        remote_cluster={'worker': hosts}))
    """,
    {
      'tf.estimator.RunConfig': WORKS,
      'RunConfig(experimental_distribute=...)': WORKS,
      'DistributeConfig(train_distribute=...)': WORKS,
      'DistributeConfig(remote_cluster=...)': NO,
    },
  ),
  'export_savedmodel': (
    """
    import tensorflow as tf
    tf.estimator.Estimator(f).export_savedmodel('x', g)
    """,
    {'tf.estimator.Estimator': WORKS, '.export_savedmodel': CHANGE},
  ),
  'export_savedmodel_of_v1': (
    """
    import tensorflow.compat.v1 as tf
    tf.estimator.Estimator(f).export_savedmodel('x', g)
    """,
    {'tf.compat.v1.estimator.Estimator': WORKS, '.export_savedmodel': WORKS},
  ),
}


@pytest.mark.parametrize('name', PROGRAMS)
def test_programs(name):
  """Each kind of use is found under the name that programs give it."""
  text, expected = PROGRAMS[name]

  assert found(text) == expected


def test_verdicts_say_what_to_do():
  """Whatever does not work as it is comes with advice."""
  for text, _ in PROGRAMS.values():
    for each in scan.scan(ast.parse(textwrap.dedent(text))):
      advice = each.verdict.advice
      assert bool(advice) == (each.verdict.status != WORKS), each
      assert not advice.endswith('.')


def test_legacy_programs_work():
  """The programs of examples/legacy, which run, are said to work."""
  programs = list(sources.find([str(ROOT / 'examples' / 'legacy')]))

  for path in programs:
    tree = sources.read(path).tree
    findings = scan.scan(tree)
    assert findings, path
    assert NO not in {each.verdict.status for each in findings}, path
  assert len(programs) == 16
