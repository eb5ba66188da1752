"""Checks the operations of the deep network, and how it normalizes."""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned.networks import networks
from tfcompat_estimator.canned import dnn, dnn_linear_combined
from tfcompat_estimator.canned.networks import dnn_network, families
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

INPUT = 'dnn/input_from_feature_columns/input_layer'
DNN = {
  'feature_columns': [networks.X, networks.EMBEDDING],
  'hidden_units': [4],
  'dropout': 0.5,
  'batch_norm': True,
}
DEEP = {
  'dnn_feature_columns': [networks.X, networks.EMBEDDING],
  'dnn_hidden_units': [4],
  'dnn_dropout': 0.5,
  'batch_norm': True,
  'linear_feature_columns': [networks.X],
}
NAMES = (
  f'{INPUT}/concat',
  'dnn/hiddenlayer_0/MatMul',
  'dnn/hiddenlayer_0/BiasAdd',
  'dnn/hiddenlayer_0/Relu',
  'dnn/dropout/dropout/SelectV2',
  'dnn/hiddenlayer_0/batchnorm_0/batchnorm/add_1',
  'dnn/hiddenlayer_0/batchnorm_0/AssignMovingAvg_1/AssignSubVariableOp',
  'dnn/logits/BiasAdd',
)


@pytest.mark.parametrize(
  'cls, arguments, others',
  [
    (dnn.DNNRegressorV2, DNN, [f'{INPUT}/x_1/Reshape']),
    (dnn.DNNRegressor, DNN, [f'{INPUT}/x/Reshape']),
    (dnn_linear_combined.DNNLinearCombinedRegressorV2, DEEP, ['add']),
    (dnn_linear_combined.DNNLinearCombinedRegressor, DEEP, ['add']),
  ],
)
def test_operations_have_the_reference_s_names(
  cls, arguments, others, model_dir
):
  """Logging hooks and serving tools know them."""
  made = networks.operations(cls, arguments, model_dir)

  assert not {*NAMES, *others} - made


def test_batch_normalization_learns_moving_averages():
  """A step moves them by a thousandth towards the batch's mean."""
  x = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], np.float32)
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    call = dnn_network.build(
      families.V2, 1, [2], [networks.X], None, batch_norm=True
    )
    output = call({'x': tf.constant(x)}, 'train')
    session.run(v1.global_variables_initializer())
    session.run(output.update_ops)
    values = session.run({v.op.name: v for v in v1.global_variables()})

  hidden = x @ values['hiddenlayer_0/kernel']
  np.testing.assert_allclose(
    values['hiddenlayer_0/batchnorm_0/moving_mean'],
    hidden.mean(0) * (1 - dnn_network.MOMENTUM),
    rtol=1e-4,
  )
