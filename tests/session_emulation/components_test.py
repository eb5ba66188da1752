"""Checks how variables of a strategy are told from plain ones."""

import numpy as np
import pytest
import tensorflow as tf

from tfcompat_estimator.session_emulation import components

ON_READ = tf.VariableSynchronization.ON_READ


def strategy():
  """Of one replica: its variables are distributed values all the same."""
  return tf.distribute.MirroredStrategy(['/cpu:0'])


def test_the_parts_of_a_variable():
  """A plain one is its only part."""
  plain = tf.Variable(1.0)
  with strategy().scope():
    mirrored = tf.Variable(2.0)

  assert components.of(plain) == [plain]
  (part,) = components.of(mirrored)
  assert not isinstance(part, tf.distribute.DistributedValues)
  assert components.first(mirrored) is part


@pytest.mark.parametrize(
  'aggregation, expected',
  [
    (tf.VariableAggregation.MEAN, 2.0),
    (tf.VariableAggregation.SUM, 4.0),
    (tf.VariableAggregation.ONLY_FIRST_REPLICA, 1.0),
  ],
)
def test_the_value_of_parts_that_differ(aggregation, expected):
  """Parts that are synchronized on reads count by their aggregation."""
  with strategy().scope():
    variable = tf.Variable(
      0.0, synchronization=ON_READ, aggregation=aggregation, trainable=False
    )
  values = [np.float32(1.0), np.float32(3.0)]

  assert components.value(variable, values) == expected
  assert components.value(tf.Variable(0.0), values) == 1.0


def test_one_for_all_replicas():
  """Called in a replica and outside of any."""
  made = []

  def make():
    made.append(True)
    return 5

  assert components.across_replicas(make) == 5
  run = strategy().run(lambda: components.across_replicas(make))
  assert run == 5
  assert len(made) == 2
