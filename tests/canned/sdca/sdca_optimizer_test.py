"""Checks the description of a training by SDCA."""

import numpy as np
import pytest
import tensorflow as tf

from tests.canned.sdca import sdca_training_test as data
from tfcompat_estimator.canned import linear
from tfcompat_estimator.canned.networks import column_variables
from tfcompat_estimator.session_emulation.run import emulated_session

v1 = tf.compat.v1


@pytest.mark.parametrize(
  'values', [{'num_loss_partitions': 0}, {'symmetric_l1_regularization': -1}]
)
def test_values_are_checked_when_training_begins(values):
  """The constructor takes any, as the reference's does."""
  linear.LinearSDCA('ex', **values)


def test_a_program_of_its_own_may_take_the_steps():
  """get_train_step makes a step, and what brings its weights into the model."""
  optimizer = linear.LinearSDCA('name', symmetric_l2_regularization=2.0)
  with (
    tf.Graph().as_default() as graph,
    emulated_session.EmulatedSession(graph) as session,
  ):
    step = v1.train.create_global_step()
    state = column_variables.State()
    state.create_variable(
      data.COLUMN, 'weights', [2, 1], initializer=tf.zeros_initializer()
    )
    bias = v1.get_variable(
      'bias', [1], initializer=tf.zeros_initializer(), use_resource=True
    )
    model, train_op = optimizer.get_train_step(
      state,
      'w',
      'squared_loss',
      [data.COLUMN],
      {
        'x': tf.constant(data.X),
        'w': tf.constant(data.WEIGHTS),
        'name': tf.constant(data.NAMES.astype(str)),
      },
      tf.constant(data.NUMBERS),
      bias,
      step,
    )
    session.run([v1.global_variables_initializer(), v1.tables_initializer()])
    for _ in range(3):
      session.run(model.update_weights(train_op))

    assert session.run(step) == 3
    assert np.abs(session.run(bias)) > 0
