"""Has data with errors, and estimators that meet them."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.canned import dnn
from tfcompat_estimator.records import run_config

v1 = tf.compat.v1
fc = tf.feature_column


X = fc.numeric_column('x', shape=3)


CATEGORICAL = fc.categorical_column_with_identity('i', 3)


NO_LABELS = object()


ROWS = 4


FEATURES = {
  'x': np.arange(ROWS * 3, dtype=np.float32).reshape(ROWS, 3) / 10,
  'w': np.ones((ROWS, 1), np.float32),
  'i': np.arange(ROWS).reshape(ROWS, 1) % 3,
}


ZEROS = np.zeros((ROWS, 1), np.int64)


QUIET = {'save_summary_steps': None, 'log_step_count_steps': None}


def dnn_classifier(columns=(X,), hidden_units=(2,), **kwargs):
  return lambda config: dnn.DNNClassifierV2(
    hidden_units, list(columns), config=config, **kwargs
  )


def dnn_regressor(**kwargs):
  return lambda config: dnn.DNNRegressorV2([2], [X], config=config, **kwargs)


def v1_dnn_classifier(columns=(X,), **kwargs):
  return lambda config: dnn.DNNClassifier(
    [2], list(columns), config=config, **kwargs
  )


def make(cls, *args, **kwargs):
  return lambda config: cls(*args, config=config, **kwargs)


def dnn_estimator(head):
  return make(dnn.DNNEstimatorV2, head, [2], [X])


def data(labels=ZEROS, **features):
  """An input function of batches of all rows; features replace the usual."""

  def input_fn():
    inputs = {**FEATURES, **features}
    if labels is not NO_LABELS:
      inputs = (inputs, _as_tensors(labels))
    return tf.data.Dataset.from_tensor_slices(inputs).repeat().batch(ROWS)

  return input_fn


def _as_tensors(labels):
  if isinstance(labels, v1.SparseTensorValue):
    return tf.SparseTensor(*labels)
  return labels


def each_row(table):
  """Has a test run with each row of a table."""
  return pytest.mark.parametrize('case', table.values(), ids=table)


def expect_of_arguments(make_estimator, error, names, at_once, folder):
  """Checks what happens, and that constructors check no more than they should."""
  config = run_config.RunConfig(model_dir=str(folder), **QUIET)
  if at_once:
    with pytest.raises(error, match=names):
      make_estimator(config)
  else:
    estimator = make_estimator(config)
    expect(lambda config: estimator, data(), error, names, folder)


def expect(make_estimator, input_fn, error, names, folder):
  """Constructs and trains a step, and checks what happens."""
  config = run_config.RunConfig(model_dir=str(folder), **QUIET)
  if error is None:
    estimator = make_estimator(config).train(input_fn, steps=1)
    assert estimator.get_variable_value('global_step') == 1
    return
  with pytest.raises(error, match=names) as raised:
    make_estimator(config).train(input_fn, steps=1)
  assert raised.type.__name__ == error.__name__ or error is not ValueError
