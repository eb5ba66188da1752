"""Checks what heads and programs that derive from them get of a task."""

import types

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.heads import binary_class, regression, tasks

LABELS = np.array([[1.0], [3.0]], np.float32)
LOGITS = np.zeros([2, 1], np.float32)


@pytest.mark.eager
def test_a_loss_fn_takes_the_place_of_the_own_loss():
  """Its values are what weights multiply, which stay the feature's."""
  features = {'w': tf.constant([[2.0], [0.5]])}
  own = regression.RegressionTask(weight_column='w')
  given = regression.RegressionTask(
    weight_column='w', loss_fn=lambda labels, logits: abs(labels - logits)
  )

  made = [
    task.loss_and_weights(
      tf.constant(LABELS), tf.constant(LOGITS), features, 'sum'
    )
    for task in (own, given)
  ]

  assert [losses.numpy().ravel().tolist() for losses, _ in made] == [
    [1.0, 9.0],
    [1.0, 3.0],
  ]
  for _, weights in made:
    assert weights.numpy().ravel().tolist() == [2.0, 0.5]


@pytest.mark.eager
def test_metrics_are_made_of_the_predictions_that_a_task_names():
  """Predictions that are there are not computed again."""
  task = regression.RegressionTask()
  values = task.metric_values(tf.constant(LABELS), tf.constant(LOGITS + 2))
  reused = task.metric_values(
    tf.constant(LABELS), tf.constant(LOGITS), {'predictions': LOGITS + 5}
  )

  assert values['predicted_value'].numpy().tolist() == [[2.0], [2.0]]
  assert reused['predicted_value'].tolist() == [[5.0], [5.0]]


def test_heads_show_the_arguments_of_their_task():
  """Programs read `_label_vocabulary` and the like of heads they derive from."""
  head = types.SimpleNamespace()
  tasks.expose(binary_class.BinaryClassTask(label_vocabulary=['a', 'b']), head)

  assert vars(head)['_label_vocabulary'] == ['a', 'b']
  assert vars(head)['_logits_dimension'] == 1
