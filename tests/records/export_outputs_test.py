"""Tests what the classes for SavedModel outputs accept."""

import pytest
import tensorflow as tf

from tfcompat_estimator.records import estimator_specs


@pytest.mark.parametrize(
  ('make', 'message'),
  [
    (lambda: estimator_specs.PredictOutput(1), 'must be a Tensor; got 1'),
    (
      lambda: estimator_specs.PredictOutput({1: tf.constant(1)}),
      'string; got 1',
    ),
    (estimator_specs.ClassificationOutput, 'at least one|At least one'),
    (
      lambda: estimator_specs.ClassificationOutput(scores=tf.constant([[1]])),
      'scores must be a float32',
    ),
    (
      lambda: estimator_specs.ClassificationOutput(classes=tf.constant([[1]])),
      'classes must be a string',
    ),
    (
      lambda: estimator_specs.ClassificationOutput(scores=[[1.0]]),
      'scores must be a float32',
    ),
    (
      lambda: estimator_specs.RegressionOutput(tf.constant(['a'])),
      'must be a float32',
    ),
    (
      lambda: estimator_specs.RegressionOutput(tf.constant([1])),
      'must be a float32',
    ),
  ],
)
def test_refused(make, message):
  """Outputs of wrong types raise ValueError and name the value."""
  with pytest.raises(ValueError, match=message):
    make()


def test_keys_of_outputs():
  """Single tensors, tuple keys and metrics get the reference's keys."""
  with tf.Graph().as_default():
    value = tf.constant([1.0])
    assert list(estimator_specs.PredictOutput(value).outputs) == ['output']
    assert list(estimator_specs.PredictOutput({('a', 'b'): value}).outputs) == [
      'a/b'
    ]
    supervised = estimator_specs.EvalOutput(
      loss=value, predictions={'p': value}, metrics={'m': (value, tf.no_op())}
    )
    assert list(supervised.predictions) == ['predictions/p']
    assert sorted(supervised.metrics) == [
      'metrics/m/update_op',
      'metrics/m/value',
    ]
