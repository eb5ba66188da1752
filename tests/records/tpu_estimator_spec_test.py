"""Checks specs whose metrics are made last."""

import pytest
import tensorflow as tf

from tfcompat_estimator.records import tpu_estimator_spec

v1 = tf.compat.v1


def metric_fn(labels, predictions, name='error'):
  return {name: v1.metrics.mean_absolute_error(labels, predictions)}


@pytest.mark.parametrize('form', [list, dict])
def test_it_becomes_an_estimator_spec(form):
  """Metrics are made of the tensors, in a list or by name; so is a scaffold."""
  with tf.Graph().as_default():
    one = tf.constant([1.0])
    pairs = [('labels', one), ('predictions', one)]
    tensors = form(pairs)
    if isinstance(tensors, list):
      tensors = [tensor for _, tensor in tensors]
    scaffold = v1.train.Scaffold()
    spec = tpu_estimator_spec.TPUEstimatorSpec(
      'eval',
      loss=tf.constant(0.0),
      eval_metrics=(metric_fn, tensors),
      scaffold_fn=lambda: scaffold,
    ).as_estimator_spec()

  assert list(spec.eval_metric_ops) == ['error']
  assert spec.scaffold is scaffold


def test_tensors_are_told_from_other_arguments():
  """Those go with the function."""
  with tf.Graph().as_default():
    one = tf.constant([1.0])
    function, tensors = tpu_estimator_spec.create_eval_metrics_tuple(
      metric_fn, {'labels': one, 'predictions': one, 'name': 'e'}
    )

    assert list(tensors) == ['labels', 'predictions']
    assert list(function(**tensors)) == ['e']


def test_arguments_are_checked_as_an_estimator_spec_s():
  """At once, not when it becomes one."""
  with pytest.raises(ValueError, match='loss'):
    tpu_estimator_spec.TPUEstimatorSpec('train', train_op=tf.no_op())
