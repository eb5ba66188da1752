"""Checks the v1 metrics of heads against their Keras metrics."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.heads import binary_class, v1_metrics
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1
LABELS = np.array([[0.0], [1.0], [1.0], [1.0]], np.float32)
LOGITS = np.array([[0.5], [2.0], [-1.0], [0.1]], np.float32)


def v1_values(task, weights):
  """The metrics after one update, by name."""
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    labels, logits = tf.constant(LABELS), tf.constant(LOGITS)
    values = task.metric_values(labels, logits)
    values['weights'] = weights
    values['unreduced_loss'] = task.own_loss(labels, logits)
    pairs = v1_metrics.make(
      [d for d in task.metric_defs(False) if d.predictions in values],
      str,
      values,
      scoped=True,
    )
    session.run(v1.local_variables_initializer())
    session.run([update for _, update in pairs.values()])
    return session.run({name: value for name, (value, _) in pairs.items()})


@pytest.mark.eager
@pytest.mark.parametrize('weights', [None, [[1.0], [2.0], [0.0], [0.5]]])
def test_they_are_what_keras_metrics_are(weights):
  """All metrics of two classes, with weights and without."""
  head = binary_class.BinaryClassHead(
    weight_column=weights and 'w', thresholds=[0.4, 0.6]
  )
  metrics = head.metrics()
  head.update_metrics(
    metrics,
    {'w': tf.constant(weights)} if weights else {},
    tf.constant(LOGITS),
    tf.constant(LABELS),
  )

  values = v1_values(head.task, weights)

  assert len(values) > 8
  for name, value in values.items():
    assert value == pytest.approx(metrics[name].result().numpy(), abs=1e-2), (
      name
    )


def test_the_baseline_is_the_more_frequent_class():
  """Three of four labels are 1: always saying so is right as often."""
  values = v1_values(binary_class.BinaryClassTask(), None)

  assert values['label/mean'] == 0.75
  assert values['accuracy_baseline'] == 0.75
