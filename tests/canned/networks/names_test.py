"""Looks for operations that programs fetch and feed by name."""

import pytest
import tensorflow as tf

from tfcompat_estimator.canned import baseline, dnn, dnn_linear_combined, linear

v1 = tf.compat.v1
fc = tf.feature_column

X = fc.numeric_column('x', shape=3)
CITY = fc.categorical_column_with_hash_bucket('city', 10)
EMBEDDING = fc.embedding_column(CITY, 2)
INPUT = 'dnn/input_from_feature_columns/input_layer'
DEEP = {
  'dnn_feature_columns': [X, EMBEDDING],
  'dnn_hidden_units': [4],
  'dnn_dropout': 0.5,
  'batch_norm': True,
}
DNN = {key.removeprefix('dnn_'): value for key, value in DEEP.items()}
WIDE = {'linear_feature_columns': [X, CITY]}

DNN_NAMES = (
  f'{INPUT}/concat',
  'dnn/hiddenlayer_0/MatMul',
  'dnn/hiddenlayer_0/BiasAdd',
  'dnn/hiddenlayer_0/Relu',
  'dnn/dropout/dropout/SelectV2',
  'dnn/hiddenlayer_0/batchnorm_0/batchnorm/add_1',
  'dnn/hiddenlayer_0/batchnorm_0/AssignMovingAvg_1/AssignSubVariableOp',
  'dnn/logits/BiasAdd',
)
V2_MODEL = 'linear/linear_model/linear/linear_model/linear/linear_model'
V1_MODEL = 'linear/linear_model/linear_model/linear_model'
LINEAR_NAMES = ('x/weighted_sum', 'city/weighted_sum', 'weighted_sum')

TABLE = [
  (dnn.DNNRegressorV2, DNN, (*DNN_NAMES, f'{INPUT}/x_1/Reshape')),
  (dnn.DNNRegressor, DNN, (*DNN_NAMES, f'{INPUT}/x/Reshape')),
  (
    linear.LinearRegressorV2,
    {'feature_columns': [X, CITY]},
    [f'{V2_MODEL}/{name}' for name in LINEAR_NAMES],
  ),
  (
    linear.LinearRegressor,
    {'feature_columns': [X, CITY]},
    [f'{V1_MODEL}/{name}' for name in LINEAR_NAMES],
  ),
  (
    dnn_linear_combined.DNNLinearCombinedRegressorV2,
    {**DEEP, **WIDE},
    (*DNN_NAMES, f'{V2_MODEL}/weighted_sum', 'add'),
  ),
  (
    dnn_linear_combined.DNNLinearCombinedRegressor,
    {**DEEP, **WIDE},
    (*DNN_NAMES, f'{V1_MODEL}/weighted_sum', 'add'),
  ),
  (baseline.BaselineRegressorV2, {}, ['baseline/Mul']),
  (baseline.BaselineRegressor, {}, ['baseline/Mul']),
]


@pytest.mark.parametrize(('cls', 'arguments', 'names'), TABLE)
def test_operations_have_the_reference_s_names(cls, arguments, names, tmp_path):
  """Logging hooks and serving tools know them."""
  estimator = cls(model_dir=str(tmp_path), **arguments)
  with tf.Graph().as_default() as graph:
    v1.train.create_global_step()
    features = {
      'x': v1.placeholder(tf.float32, [None, 3]),
      'city': v1.placeholder(tf.string, [None, 1]),
    }
    labels = v1.placeholder(tf.float32, [None, 1])
    estimator.model_fn(features, labels, 'train', estimator.config)

    made = {op.name for op in graph.get_operations()}

  assert not set(names) - made
