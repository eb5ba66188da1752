"""Checks that a function's implementation is chosen by the device it runs on.

A function may name the interface that it implements and the device that it is
for, as those in Keras' recurrent layers do; grappler replaces it by the one for
the device that is there. Here it must, too, in single steps and in fused ones.
(Tests run on CPUs: the other way, by the same pass of grappler, is not shown.)
"""

import pytest
import tensorflow as tf
import tf_keras

from tfcompat_estimator.estimator import base_estimator
from tfcompat_estimator.records import estimator_specs

v1 = tf.compat.v1


def adder(device, number):
  """A function, one of the implementations of `add`: the device's."""
  return tf.function(
    lambda x: x + number,
    autograph=False,
    experimental_attributes={
      'api_implements': 'add',
      'api_preferred_device': device,
    },
  )


def model_fn(features, mode):
  """Sums up what the GPU's function gives: 2 a step, where it is the CPU's 1."""
  total = v1.get_variable('total', [], initializer=v1.zeros_initializer())
  adder('CPU', 1.0).get_concrete_function(features).add_to_graph()
  value = adder('GPU', 2.0)(features)
  with tf.control_dependencies([total.assign_add(value)]):
    train_op = v1.train.get_global_step().assign_add(1)
  return estimator_specs.EstimatorSpec(mode, loss=value, train_op=train_op)


class Watcher(v1.train.SessionRunHook):
  """Looks at each step, so that none is fused."""

  def before_run(self, run_context):
    del run_context


@pytest.mark.parametrize('hooks', [[], [Watcher()]])
def test_the_device_chooses(hooks, model_dir):
  """A function for GPUs is replaced by its CPU implementation."""
  model = base_estimator.EstimatorV2(model_fn, model_dir)
  model.train(
    lambda: tf.data.Dataset.from_tensors(0.0).repeat(), hooks=hooks, steps=5
  )

  assert model.get_variable_value('total') == 5


@pytest.mark.parametrize('layer', ['LSTM', 'GRU'])
def test_recurrent_layers_run_where_they_can(layer, model_dir):
  """A wish for a device that is not there is not binding for an Estimator."""

  def recurrent_model_fn(features, mode):
    with tf.device('/gpu:0'):
      made = getattr(tf_keras.layers, layer)(5)
      outputs = made(features, mask=tf.sequence_mask([3, 1], 3))
      loss = tf.reduce_sum(outputs)
      train_op = v1.train.GradientDescentOptimizer(0.1).minimize(
        loss, v1.train.get_global_step()
      )
    return estimator_specs.EstimatorSpec(mode, loss=loss, train_op=train_op)

  model = base_estimator.EstimatorV2(recurrent_model_fn, model_dir)
  model.train(lambda: tf.ones([2, 3, 4]), steps=2)

  assert model.get_variable_value('global_step') == 2
