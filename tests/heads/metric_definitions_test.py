"""Tests what metrics of heads make of weights, and of none."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.heads import (
  binary_class,
  metric_definitions,
  multi_class,
  multi_label,
  regression,
)

HEADS = {
  'binary': (
    lambda column: binary_class.BinaryClassHead(column, thresholds=[0.3]),
    1,
    lambda rng: rng.randint(0, 2, [64, 1]),
  ),
  'three classes': (
    lambda column: multi_class.MultiClassHead(3, column),
    3,
    lambda rng: rng.randint(0, 3, [64, 1]),
  ),
  'three labels': (
    lambda column: multi_label.MultiLabelHead(
      3, column, classes_for_class_based_metrics=[0, 2]
    ),
    3,
    lambda rng: rng.randint(0, 2, [64, 3]),
  ),
  'two numbers': (
    lambda column: regression.RegressionHead(2, column),
    2,
    lambda rng: rng.normal(size=[64, 2]).astype(np.float32),
  ),
}


@pytest.mark.eager
@pytest.mark.parametrize('name', HEADS)
def test_weights_of_one_change_no_metric(name):
  """All metrics, to the bit, over several batches of unequal losses."""
  make, dimension, make_labels = HEADS[name]
  results = []
  for column in (None, 'w'):
    rng = np.random.RandomState(3)
    head = make(column)
    metrics = head.metrics()
    for _ in range(5):
      labels = make_labels(rng)
      logits = rng.normal(size=[64, dimension]).astype(np.float32)
      head.update_metrics(
        metrics,
        {'x': tf.zeros([64, 1]), 'w': tf.ones([64, 1])},
        tf.constant(logits),
        tf.constant(labels),
      )
    results.append({k: m.result().numpy() for k, m in metrics.items()})

  without, ones = results
  assert len(without) > 2 or name == 'three classes'
  assert without == ones


def test_metrics_have_their_own_names():
  """The head's name is in the key only, as in the reference."""
  metrics = binary_class.BinaryClassHead(name='clicks').metrics()

  assert metrics['accuracy/clicks'].name == 'accuracy'
  assert {f'{metric.name}/clicks' for metric in metrics.values()} == set(
    metrics
  )


@pytest.mark.parametrize(
  'weights, expected', [([2.0, 1.0], 2 / 3), ([0.0, 0.0], 0.0), ([], 0.0)]
)
def test_accuracy_baseline_of_no_weight_is_zero(weights, expected):
  """As that of no example at all, like the other metrics."""
  metric = metric_definitions.AccuracyBaseline()
  metric.update_state([0.0, 1.0][: len(weights)], sample_weight=weights)

  assert float(metric.result()) == pytest.approx(expected)
