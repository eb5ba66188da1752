"""Takes what one API family wrote to the other."""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned import neutral
from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear
from tfcompat_estimator.heads import binary_class
from tfcompat_estimator.records import run_config

fc = tf.feature_column
X = fc.numeric_column('x', shape=3)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
EMBEDDING = fc.embedding_column(CITY, 2)
KEYS = ['x', 'city']
BATCHES = 4
INPUT_FN = neutral.input_fn(KEYS, 'yb', epochs=1)

PAIRS = [
  (
    dnn.DNNClassifier,
    dnn.DNNClassifierV2,
    {
      'hidden_units': [4, 3],
      'feature_columns': [X, EMBEDDING],
      'batch_norm': True,
    },
  ),
  (
    linear.LinearClassifier,
    linear.LinearClassifierV2,
    {'feature_columns': [X, CITY]},
  ),
  (
    dnn_linear_combined.DNNLinearCombinedClassifier,
    dnn_linear_combined.DNNLinearCombinedClassifierV2,
    {
      'linear_feature_columns': [CITY],
      'dnn_feature_columns': [X],
      'dnn_hidden_units': [4],
    },
  ),
  (baseline.BaselineClassifier, baseline.BaselineClassifierV2, {}),
]


def quiet(folder):
  return run_config.RunConfig(
    model_dir=str(folder), tf_random_seed=1, save_summary_steps=None
  )


@pytest.mark.parametrize(('v1_class', 'v2_class', 'arguments'), PAIRS)
def test_v2_evaluates_what_v1_trained(v1_class, v2_class, arguments, tmp_path):
  """Variables have the same keys; a loss is a sum there and a mean here."""
  config = quiet(tmp_path)
  v1_metrics = (
    v1_class(config=config, **arguments)
    .train(INPUT_FN, steps=3)
    .evaluate(INPUT_FN)
  )

  v2_metrics = v2_class(config=config, **arguments).evaluate(INPUT_FN)

  assert list(v2_metrics) == list(v1_metrics)
  for key, value in v1_metrics.items():
    if key == 'loss':
      rows = len(neutral.data()['label/yb']) / BATCHES
      np.testing.assert_allclose(v2_metrics[key] * rows, value, rtol=1e-5)
    elif key != 'auc_precision_recall':  # Another formula.
      np.testing.assert_allclose(v2_metrics[key], value, 1e-5, err_msg=key)


def test_the_other_s_optimizer_is_missed(tmp_path):
  """Slots have other keys: training on says what is not in the checkpoint."""
  arguments = {'feature_columns': [X], 'config': quiet(tmp_path)}
  linear.LinearClassifier(**arguments).train(INPUT_FN, steps=1)

  with pytest.raises(
    tf.errors.NotFoundError, match='Restoring from checkpoint failed'
  ):
    linear.LinearClassifierV2(**arguments).train(INPUT_FN, steps=1)


def test_the_public_head_of_a_v1_estimator(tmp_path):
  """Its loss is a mean, its optimizer and keys are v1's."""
  estimator = dnn.DNNEstimator(
    binary_class.BinaryClassHead(),
    hidden_units=[4],
    feature_columns=[X],
    batch_norm=True,
    config=quiet(tmp_path),
  )

  estimator.train(INPUT_FN, steps=3)
  metrics = estimator.evaluate(INPUT_FN)

  assert metrics['loss'] == pytest.approx(metrics['average_loss'], rel=1e-5)
  names = estimator.get_variable_names()
  assert 'dnn/hiddenlayer_0/kernel/t_0/Adagrad' in names
  moving_mean = 'dnn/hiddenlayer_0/batchnorm_0/moving_mean'
  assert np.any(estimator.get_variable_value(moving_mean))
