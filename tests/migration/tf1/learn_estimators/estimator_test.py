"""Tests Estimators of `tf.contrib.learn`; beside 1.15 where numbers matter."""

import numpy as np
import pytest
import tensorflow as tf

from tests.migration.tf1 import beside
from tfcompat_estimator.migration.tf1.learn_estimators import (
  estimator,
  experiment,
  metric_specs,
  model_fn_ops,
)

v1 = tf.compat.v1
X = np.arange(8, dtype='f').reshape(4, 2)
ZEROS = np.zeros(4, 'f')


def _model_fn(features, labels, mode):
  """Predicts the sum of a row, by a variable that counts steps."""
  total = v1.get_variable('total', initializer=0.0)
  step = v1.assign_add(v1.train.get_global_step(), 1)
  with tf.control_dependencies([step]):
    train_op = v1.assign_add(total, 1.0)
  predictions = tf.reduce_sum(features, 1)
  loss = None
  if mode != 'infer':
    loss = tf.reduce_mean(tf.cast(labels, tf.float32) - predictions)
  return model_fn_ops.ModelFnOps(mode, predictions, loss, train_op)


def test_custom_estimators():
  """A legacy tuple, monitors, SKCompat: numbers of 1.15."""
  beside.check_part('custom', 'learners')


def test_arrays_are_input(tmp_path):
  """Rows are predicted one by one, in batches, and all at once."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm')
  made.fit(X, np.arange(4), steps=3)

  assert [float(each) for each in made.predict(X)] == [1, 5, 9, 13]
  batches = made.predict(X, batch_size=3, iterate_batches=True)
  assert [each.tolist() for each in batches] == [[1, 5, 9], [13]]
  assert made.predict(X, as_iterable=False).tolist() == [1, 5, 9, 13]
  assert made.get_variable_value('total') == 3


def test_metrics_are_an_argument(tmp_path):
  """Of one evaluation; the model's own stay."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm').fit(X, ZEROS, steps=1)
  spec = metric_specs.MetricSpec(v1.metrics.mean_squared_error)

  assert made.evaluate(X, ZEROS, metrics={'e': spec})['e'] == 69
  assert set(made.evaluate(X, ZEROS)) == {'loss', 'global_step'}


def test_constant_input_is_predicted_once(tmp_path):
  """As 1.15 did where there is no queue."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm')
  made.fit(X, np.zeros(4), steps=1)

  assert len(list(made.predict(input_fn=lambda: tf.constant(X)))) == 4


def test_nothing_trained(tmp_path):
  """There is an error of its own, which is a ValueError."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm')
  with pytest.raises(estimator.NotFittedError, match='trained model at'):
    made.evaluate(X, np.zeros(4))
  with pytest.raises(estimator.NotFittedError):
    made.predict(X)


def test_arguments_that_do_not_go_together(tmp_path):
  """Are said before anything is trained."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm')
  with pytest.raises(ValueError, match='both steps and max_steps'):
    made.fit(X, X, steps=1, max_steps=1)
  with pytest.raises(ValueError, match='Either x or input_fn'):
    made.fit(steps=1)
  with pytest.raises(ValueError, match='does not have a params argument'):
    estimator.Estimator(_model_fn, params={'a': 1})


def test_experiments(tmp_path):
  """Take metrics and monitors for such an Estimator."""
  made = estimator.Estimator(_model_fn, tmp_path / 'm')

  def input_fn():
    return tf.constant(X), tf.zeros([4])

  trial = experiment.Experiment(
    made,
    input_fn,
    input_fn,
    eval_metrics={'e': metric_specs.MetricSpec(v1.metrics.mean_squared_error)},
    train_steps=2,
    eval_steps=1,
    eval_delay_secs=0,
  )
  metrics, _ = trial.train_and_evaluate()

  assert trial.estimator is made
  assert metrics['e'] == 69
  assert metrics['global_step'] == 2
