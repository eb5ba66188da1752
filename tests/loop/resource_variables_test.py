"""Checks that programs that turned TF 2 off get variables that functions share."""

import pytest
import tensorflow as tf

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1


@pytest.fixture
def old_variables():
  """As after tf.compat.v1.disable_v2_behavior()."""
  v1.disable_resource_variables()
  yield
  v1.enable_resource_variables()


def model_fn(features, labels, mode, params):
  given = v1.get_variable('given', [], use_resource=params['use_resource'])
  made = v1.Variable(0.5, use_resource=params['use_resource'], name='made')
  loss = tf.reduce_mean(tf.square(features * given + made - labels))
  optimizer = v1.train.AdamOptimizer(0.1)
  train_op = optimizer.minimize(loss, v1.train.get_global_step())
  return estimator_specs.EstimatorSpec(mode, loss=loss, train_op=train_op)


@pytest.mark.usefixtures('old_variables')
@pytest.mark.parametrize('use_resource', [None, False, True])
def test_a_model_of_old_variables_trains(use_resource, model_dir):
  """Whatever the program asks for, steps add up and the names are the same."""
  model = base_estimator.Estimator(
    model_fn, model_dir, params={'use_resource': use_resource}
  )

  model.train(
    lambda: tf.data.Dataset.from_tensors((1.0, 3.0)).repeat(), steps=40
  )

  assert model.get_variable_value('global_step') == 40
  sum_of_both = model.get_variable_value('given') + model.get_variable_value(
    'made'
  )
  assert 2.0 < sum_of_both < 4.0
  assert 'given/Adam_1' in model.get_variable_names()
  assert not v1.resource_variables_enabled()
