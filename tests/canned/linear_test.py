"""Checks what linear estimators refuse."""

import pytest
import tensorflow as tf

from tests.canned import probes
from tfcompat_estimator.canned import linear
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column
errors = tf.errors

V2_COLUMN = 'feature column from TensorFlow v1'

# How it is made, the error, what its message names, whether constructors raise.
ARGUMENTS = {
  'one class in v1': (
    probes.make(linear.LinearClassifier, [probes.X], n_classes=1),
    ValueError,
    'n_classes',
    True,
  ),
  'one class': (
    probes.make(linear.LinearClassifierV2, [probes.X], n_classes=1),
    ValueError,
    'n_classes',
    True,
  ),
  'no columns': (
    probes.make(linear.LinearClassifierV2, []),
    ValueError,
    'feature_columns must not be empty',
    False,
  ),
  'one column in no list': (
    probes.make(linear.LinearClassifierV2, probes.X),
    ValueError,
    V2_COLUMN,
    True,
  ),
  'embedding column': (
    probes.make(
      linear.LinearClassifierV2, [fc.embedding_column(probes.CATEGORICAL, 2)]
    ),
    None,
    '',
    False,
  ),
  'a str as column': (
    probes.make(linear.LinearClassifierV2, ['x']),
    ValueError,
    V2_COLUMN,
    True,
  ),
  'no head': (
    probes.make(linear.LinearEstimatorV2, None, [probes.X]),
    AttributeError,
    'logits_dimension',
    False,
  ),
}


@probes.each_row(ARGUMENTS)
def test_arguments(case, tmp_path):
  """Wrong arguments raise in the constructor or in the first training."""
  probes.expect_of_arguments(*case, tmp_path)


def no_dict():
  return tf.constant(probes.FEATURES['x']), tf.constant(probes.ZEROS)


# How it is made, its input, the error (None: it trains), what it names.
DATA = {
  'feature that is missing': (
    probes.make(linear.LinearClassifierV2, [fc.numeric_column('nope')]),
    probes.data(),
    ValueError,
    'nope',
  ),
  'features in no dict': (
    probes.make(linear.LinearClassifierV2, [probes.X]),
    no_dict,
    ValueError,
    'features should be a dict',
  ),
}


@probes.each_row(DATA)
def test_data(case, tmp_path):
  """Features and labels that do not fit raise while training."""
  probes.expect(*case, tmp_path)


def test_wrong_sparse_combiner(tmp_path):
  """A bad combiner names itself, where it matters."""
  config = run_config.RunConfig(model_dir=str(tmp_path), **probes.QUIET)
  estimator = linear.LinearClassifierV2(
    [probes.CATEGORICAL], sparse_combiner='bogus', config=config
  )

  with pytest.raises(ValueError, match='combiner'):
    estimator.train(probes.data(), steps=1)
