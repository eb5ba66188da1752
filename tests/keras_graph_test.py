"""Tests Keras metrics of both libraries in eval_metric_ops, by running them."""

import keras
import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator import keras_graph
from tfcompat_estimator.records import estimator_specs
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


class _Counting(tf_keras.metrics.Metric):
  """A user's metric whose update returns nothing."""

  def __init__(self):
    super().__init__(name='counting')
    self.count = self.add_weight(name='n', initializer='zeros')

  def update_state(self, values):
    self.count.assign_add(tf.reduce_sum(tf.ones_like(values)))

  def result(self):
    return tf.identity(self.count)


_METRICS = {
  'tf_keras mean': (tf_keras.metrics.Mean, ([1.0, 3.0],), 2.0),
  'keras 3 mean': (keras.metrics.Mean, ([1.0, 3.0],), 2.0),
  'tf_keras auc': (tf_keras.metrics.AUC, ([1, 0], [0.8, 0.3]), 1.0),
  'keras 3 auc': (keras.metrics.AUC, ([1, 0], [0.8, 0.3]), 1.0),
  'keras 3 accuracy': (keras.metrics.BinaryAccuracy, ([1, 0], [0.8, 0.7]), 0.5),
  "a user's": (_Counting, ([1.0, 3.0],), 4.0),
}


def _spec(metric):
  return estimator_specs.EstimatorSpec(
    'eval', loss=tf.constant(1.0), eval_metric_ops={'metric': metric}
  )


@pytest.mark.parametrize('name', _METRICS)
def test_value_after_updates(name):
  """The pair's update and value give what the metric gives by itself."""
  make, values, expected = _METRICS[name]
  with tf.Graph().as_default() as graph:
    metric = make()
    metric.update_state(*(tf.constant(v) for v in values))
    value, update = _spec(metric).eval_metric_ops['metric']
    assert not v1.global_variables()
    assert len(v1.local_variables()) == len(metric.variables)
    keys = v1.GraphKeys
    assert v1.get_collection(keys.METRIC_VARIABLES) == v1.local_variables()
    initialize = v1.local_variables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initialize)
      session.run(update)
      session.run(update)
      assert session.run(value) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize('library', [tf_keras, keras])
def test_every_update_counts(library):
  """Two calls of update_state are both run by the one update."""
  with tf.Graph().as_default() as graph:
    metric = library.metrics.Mean()
    metric.update_state([1.0])
    with tf.control_dependencies(_operations(metric)):
      metric.update_state([3.0])
    value, update = _spec(metric).eval_metric_ops['metric']
    initialize = v1.local_variables_initializer()
    with emulated_session.EmulatedSession(graph) as session:
      session.run(initialize)
      session.run(update)
      assert session.run(value) == pytest.approx(2.0)


def _operations(metric):
  """The update so far, so that the next one waits for it."""
  return [keras_graph.value_and_update(metric)[1]]


@pytest.mark.parametrize('library', [tf_keras, keras])
def test_never_updated(library):
  """A metric without update_state is named and refused."""
  with (
    tf.Graph().as_default(),
    pytest.raises(ValueError, match=r'call update_state\(...\) on the "mine"'),
  ):
    _spec(library.metrics.Mean(name='mine'))


def test_other_objects_are_no_metrics():
  """Pairs and tensors are left to the caller."""
  assert not keras_graph.is_keras_metric((1, 2))
  assert not keras_graph.is_keras_metric(tf_keras.metrics)
