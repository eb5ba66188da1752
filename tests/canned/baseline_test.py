"""Checks what baseline estimators refuse."""

import itertools

import pytest
import tensorflow as tf

from tests.canned import probes
from tests.canned.networks import networks
from tfcompat_estimator.canned import baseline

v1 = tf.compat.v1
fc = tf.feature_column
errors = tf.errors

# How it is made, the error, what its message names, whether constructors raise.
ARGUMENTS = {
  'one class': (
    probes.make(baseline.BaselineClassifierV2, n_classes=1),
    ValueError,
    'n_classes',
    True,
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
  'features in no dict': (
    probes.make(baseline.BaselineClassifierV2),
    no_dict,
    AttributeError,
    'items',
  ),
}


@probes.each_row(DATA)
def test_data(case, tmp_path):
  """Features and labels that do not fit raise while training."""
  probes.expect(*case, tmp_path)


@pytest.mark.parametrize(
  'cls', [baseline.BaselineRegressorV2, baseline.BaselineRegressor]
)
def test_operations_have_the_reference_s_names(cls, model_dir):
  """Programs fetch the logits by name."""
  assert 'baseline/Mul' in networks.operations(cls, {}, model_dir)


@pytest.mark.parametrize(
  'cls', [baseline.BaselineRegressorV2, baseline.BaselineClassifier]
)
def test_predictions_end_with_the_input(cls, model_dir):
  """Also where the size of batches is known, so that no feature is needed."""

  def input_fn():
    data = tf.data.Dataset.from_tensor_slices(({'x': range(10)}, [0, 1] * 5))
    return data.batch(5, drop_remainder=True)

  estimator = cls(model_dir=model_dir)
  estimator.train(input_fn)
  predictions = itertools.islice(estimator.predict(input_fn), 100)
  assert len(list(predictions)) == 10
