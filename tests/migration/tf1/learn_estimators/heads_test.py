"""Tests heads of `tf.contrib.learn` that no canned Estimator has."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.migration.tf1.learn_estimators import heads
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


def _evaluate(head, logits, labels, features=None):
  """Loss, predictions and metrics after one update."""
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    ops = head.create_model_fn_ops(
      {k: tf.constant(v) for k, v in (features or {}).items()},
      'eval',
      tf.constant(labels),
      logits=tf.constant(logits),
    )
    values = {k: v for k, (v, _) in ops.eval_metric_ops.items()}
    updates = [update for _, update in ops.eval_metric_ops.values()]
    with emulated_session.EmulatedSession(graph) as session:
      session.run([v1.local_variables_initializer(), v1.tables_initializer()])
      loss, predictions, _ = session.run([ops.loss, ops.predictions, updates])
      return loss, predictions, session.run(values)


def test_names_of_classes():
  """Labels are strings, and so are predictions."""
  head = heads.multi_class_head(3, label_keys=['a', 'b', 'c'])
  logits = np.eye(3, dtype='f')[[0, 2]] * 4
  loss, predictions, metrics = _evaluate(head, logits, ['a', 'b'])

  assert predictions['classes'].tolist() == [b'a', b'c']
  assert metrics['accuracy'] == 0.5
  assert loss == pytest.approx(np.log(np.exp(4) + 2) - 2)


def test_metrics_of_single_classes():
  """How often one is predicted and true, and how likely it is."""
  head = heads.multi_class_head(3, metric_class_ids=[2], head_name='h')
  logits = np.eye(3, dtype='f')[[0, 2, 2, 2]] * 4
  metrics = _evaluate(head, logits, [0, 1, 2, 2])[2]

  assert metrics['labels/prediction_mean/class2/h'] == 0.75
  assert metrics['labels/actual_label_mean/class2/h'] == 0.5
  assert metrics['labels/logits_mean/class2/h'] == 3


def test_several_labels():
  """Each class may be true by itself; weights count."""
  head = heads.multi_label_head(2, weight_column_name='w', metric_class_ids=[1])
  logits = np.array([[1, -1], [-1, 1]], 'f')
  loss, predictions, metrics = _evaluate(
    head, logits, [[1, 0], [1, 1]], {'w': [1.0, 3.0]}
  )

  assert predictions['classes'].tolist() == [[1, 0], [0, 1]]
  assert metrics['accuracy'] == pytest.approx(5 / 8)
  assert metrics['labels/actual_label_mean/class1'] == 0.75
  low, high = np.log1p(np.exp(-1)), np.log1p(np.exp(1))
  assert loss == pytest.approx((2 * low + 3 * (high + low)) / 8, rel=1e-5)


def test_counts():
  """Predictions of a Poisson head are the exponential of logits."""
  head = heads.poisson_regression_head()
  loss, predictions, _ = _evaluate(head, np.zeros([2, 1], 'f'), [1.0, 1.0])

  assert predictions['scores'].tolist() == [1, 1]
  assert loss == pytest.approx(1)


def test_what_does_not_fit():
  """Two classes have no names, and ids are of classes."""
  with pytest.raises(ValueError, match='label_keys is not supported'):
    heads.multi_class_head(2, label_keys=['a', 'b'])
  with pytest.raises(ValueError, match='Class ID 3'):
    heads.multi_class_head(3, metric_class_ids=[3])
  with pytest.raises(ValueError, match='must be > 1'):
    heads.multi_class_head(1)
  with pytest.raises(ValueError, match='one of `logits`'):
    heads.regression_head().create_model_fn_ops({}, 'infer')
