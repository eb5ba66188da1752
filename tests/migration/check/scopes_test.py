"""Checks that names are found by whatever way programs reach them."""

import ast
import textwrap

import pytest

from tfcompat_estimator.migration.check import scan, verdicts

WORKS, CHANGE, NO = verdicts.WORKS, verdicts.CHANGE, verdicts.NO

PROGRAMS = {
  'all names of tf': (
    """
    from tensorflow import *
    estimator.DNNClassifier
    estimator.BoostedTreesClassifier
    print(estimator)
    """,
    {
      'tf.estimator.DNNClassifier': WORKS,
      'tf.estimator.BoostedTreesClassifier': NO,
    },
  ),
  'all names of several modules': (
    """
    from math import *
    from tensorflow.estimator import *
    from tensorflow_estimator.python.estimator.canned.dnn import *
    from .mine import *
    def f():
      return RunConfig, dnn_logit_fn_builder, sqrt, my_own
    BoostedTreesClassifier
    """,
    {
      'tensorflow_estimator.python.estimator.canned.dnn': WORKS,
      'tensorflow_estimator.python.estimator.canned.dnn.dnn_logit_fn_builder': (
        WORKS
      ),
      'tf.estimator.RunConfig': WORKS,
      'tf.estimator.BoostedTreesClassifier': NO,
    },
  ),
  'functions that return modules': (
    """
    import tensorflow as tf
    def tpu():
      return tf.contrib.tpu
    def estimator_api():
      if tf.__version__ < '2':
        return tf.estimator
      from tensorflow.compat.v1 import estimator
      return estimator
    def again():
      return again()
    tpu().TPUEstimator(f)
    estimator_api().LinearClassifier
    again().x
    """,
    {
      'tf.contrib.tpu': CHANGE,
      'tf.contrib.tpu.TPUEstimator': CHANGE,
      'tf.compat.v1.estimator.LinearClassifier': WORKS,
    },
  ),
  'functions of a module of helpers': (
    """
    from tensor2tensor.utils import contrib
    contrib.tpu().TPUEstimator(use_tpu=True)
    contrib.something().else_
    """,
    {'tf.contrib.tpu.TPUEstimator': CHANGE},
  ),
  'private members of heads and Estimators': (
    """
    import tensorflow as tf
    class Mine(tf.estimator.BinaryClassHead):
      def _create_tpu_estimator_spec(self, features): ...
    head._create_tpu_estimator_spec(features, mode)
    self.estimator._call_model_fn(features, labels, mode, config)
    other._own
    """,
    {
      'tf.estimator.BinaryClassHead': WORKS,
      'Mine._create_tpu_estimator_spec': WORKS,
      '._create_tpu_estimator_spec': WORKS,
      '._call_model_fn': WORKS,
    },
  ),
  'modules by name': (
    """
    import importlib
    from importlib import import_module
    from tensorflow.python.util import lazy_loader
    importlib.import_module('.estimator', 'tensorflow').DNNClassifier
    import_module(name='tensorflow.compat.v1').estimator.DNNRegressor
    __import__('tensorflow').estimator.LinearClassifier
    lib = lazy_loader.LazyLoader('x', globals(), 'tensorflow.estimator')
    lib.Estimator
    """,
    {
      'tf.estimator.DNNClassifier': WORKS,
      'tf.compat.v1.estimator.DNNRegressor': WORKS,
      'tf.estimator.LinearClassifier': WORKS,
      'tf.estimator.Estimator': WORKS,
    },
  ),
  'getattr': (
    """
    import tensorflow as tf
    e = getattr(tf, 'estimator')
    e.Estimator
    getattr(getattr(tf, 'estimator'), 'SVM', None)
    """,
    {'tf.estimator.Estimator': WORKS, 'tf.estimator.SVM': NO},
  ),
  'several at once, and one of two': (
    """
    import tensorflow as tf
    a, b = tf.estimator, tf.compat.v1
    a.Estimator, b.estimator.DNNClassifier
    c = tf if old else tf.compat.v1
    c.estimator.LinearClassifier
    d = given or tf.estimator
    d.LinearRegressor
    """,
    {
      'tf.estimator.Estimator': WORKS,
      'tf.compat.v1.estimator.DNNClassifier': WORKS,
      'tf.compat.v1.estimator.LinearClassifier': WORKS,
      'tf.estimator.LinearRegressor': WORKS,
    },
  ),
  'imports that may fail': (
    """
    try:
      from tensorflow.contrib.tpu import TPUEstimator
      from tensorflow.contrib import crf
    except (ImportError, AttributeError):
      from tensorflow.compat.v1.estimator.tpu import TPUEstimator
    TPUEstimator(use_tpu=False)
    """,
    {'tf.compat.v1.estimator.tpu.TPUEstimator': WORKS},
  ),
  'imports that must not fail': (
    """
    try:
      from tensorflow.contrib import boosted_trees
    except ImportError as error:
      raise SystemExit('install TensorFlow 1') from error
    try:
      from tensorflow.contrib import tensorrt
    except KeyError:
      pass
    """,
    {'tf.contrib.boosted_trees': NO, 'tf.contrib.tensorrt': NO},
  ),
}


@pytest.mark.parametrize('name', PROGRAMS)
def test_programs(name):
  """Each use is found under the name that TensorFlow gives it."""
  text, expected = PROGRAMS[name]
  found = scan.scan(ast.parse(textwrap.dedent(text)))

  assert {each.name: each.verdict.status for each in found} == expected
