"""Checks what estimators of two towers refuse as arguments."""

import tensorflow as tf

from tests.canned import probes
from tfcompat_estimator.canned import dnn_linear_combined as combined
from tfcompat_estimator.heads import (
  binary_class,
)

v1 = tf.compat.v1
fc = tf.feature_column
errors = tf.errors

MISSING = 'must be defined'

# How it is made, the error, what its message names, whether constructors raise.
ARGUMENTS = {
  'no columns': (
    probes.make(combined.DNNLinearCombinedClassifierV2),
    ValueError,
    'linear_feature_columns or dnn_feature_columns must be defined',
    True,
  ),
  'no hidden_units': (
    probes.make(
      combined.DNNLinearCombinedClassifierV2, dnn_feature_columns=[probes.X]
    ),
    ValueError,
    'dnn_hidden_units must be defined',
    False,
  ),
  'no DNN columns': (
    probes.make(
      combined.DNNLinearCombinedClassifierV2,
      linear_feature_columns=[probes.X],
      dnn_hidden_units=[2],
    ),
    None,
    '',
    False,
  ),
  'no columns with a head': (
    probes.make(
      combined.DNNLinearCombinedEstimatorV2, binary_class.BinaryClassHead()
    ),
    ValueError,
    MISSING,
    True,
  ),
  'no columns in v1': (
    probes.make(combined.DNNLinearCombinedClassifier),
    ValueError,
    MISSING,
    True,
  ),
}


@probes.each_row(ARGUMENTS)
def test_arguments(case, tmp_path):
  """Wrong arguments raise in the constructor or in the first training."""
  probes.expect_of_arguments(*case, tmp_path)
