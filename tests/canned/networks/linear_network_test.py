"""Checks the operations and sums of the linear model."""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned.networks import networks
from tfcompat_estimator.canned import dnn_linear_combined, linear
from tfcompat_estimator.canned.networks import families, linear_network
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1

V2_MODEL = 'linear/linear_model/linear/linear_model/linear/linear_model'
V1_MODEL = 'linear/linear_model/linear_model/linear_model'
NAMES = ('x/weighted_sum', 'city/weighted_sum', 'weighted_sum')
COLUMNS = [networks.X, networks.CITY]


@pytest.mark.parametrize(
  'cls, argument, scope',
  [
    (linear.LinearRegressorV2, 'feature_columns', V2_MODEL),
    (linear.LinearRegressor, 'feature_columns', V1_MODEL),
    (
      dnn_linear_combined.DNNLinearCombinedRegressorV2,
      'linear_feature_columns',
      V2_MODEL,
    ),
    (
      dnn_linear_combined.DNNLinearCombinedRegressor,
      'linear_feature_columns',
      V1_MODEL,
    ),
  ],
)
def test_operations_have_the_reference_s_names(cls, argument, scope, model_dir):
  """Logging hooks and serving tools know them."""
  made = networks.operations(cls, {argument: COLUMNS}, model_dir)

  assert not {f'{scope}/{name}' for name in NAMES} - made


@pytest.mark.parametrize('combiner', ['sum', 'mean', 'sqrtn'])
def test_logits_are_weighted_sums(combiner):
  """The logits of weights that are set, computed by numpy as well."""
  city = tf.feature_column.categorical_column_with_identity('city', 3)
  ids = np.array([[0, 2], [1, 1]])
  x = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]], np.float32)
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    call = linear_network.build(families.V2, 1, [networks.X, city], combiner)
    output = call({'x': tf.constant(x), 'city': tf.constant(ids)}, 'train')
    variables = {v.op.name: v for v in v1.global_variables()}
    session.run(v1.global_variables_initializer())
    for number, variable in enumerate(variables.values()):
      size = variable.shape.num_elements()
      values = np.reshape(np.arange(size) + number, variable.shape.as_list())
      session.run(v1.assign(variable, values.astype(np.float32)))
    values = session.run(variables)
    logits = session.run(output.logits)

  by_city = values['linear_model/city/weights'][ids, 0].sum(1, keepdims=True)
  by_city /= {'sum': 1.0, 'mean': 2.0, 'sqrtn': np.sqrt(2.0)}[combiner]
  expected = (
    x @ values['linear_model/x/weights']
    + by_city
    + values['linear_model/bias_weights']
  )
  np.testing.assert_allclose(logits, expected, rtol=1e-6)


def test_an_empty_batch_of_several_ids_has_no_logits():
  """Serving tools send such batches, to try a model."""
  city = tf.feature_column.categorical_column_with_identity('city', 3)
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    call = linear_network.build(families.V2, 1, [city], 'sum')
    none = tf.zeros([0, 2], tf.int64)
    output = call(
      {'city': v1.placeholder_with_default(none, [None, 2])}, 'infer'
    )
    session.run(v1.global_variables_initializer())

    assert session.run(output.logits).shape == (0, 1)
