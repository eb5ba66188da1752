"""Calls what old modules of heads had, as programs do."""

import pytest
import tensorflow as tf

import tfcompat_estimator
from tests.migration.old_paths import calling
from tfcompat_estimator.migration.old_paths import old_heads

v1 = tf.compat.v1
old = calling.old


@pytest.fixture(autouse=True)
def installed():
  with tfcompat_estimator.install(), tf.Graph().as_default():
    yield


def test_update_ops_join_the_train_op():
  """Without any the op stays itself."""
  append = old('canned.head')._append_update_ops
  train_op, update = tf.no_op(), tf.no_op()

  assert append(train_op) is train_op
  v1.add_to_collection(v1.GraphKeys.UPDATE_OPS, update)
  assert set(append(train_op).control_inputs) == {train_op, update}


def test_arguments_of_heads_are_checked():
  """As heads check them."""
  base_head = old('head.base_head')

  base_head.validate_update_ops([tf.no_op()])
  with pytest.raises(ValueError, match='trainable_variables cannot be None'):
    base_head.validate_trainable_variables()
  with pytest.raises(ValueError, match='list or a tuple'):
    base_head.validate_update_ops(3)
  with pytest.raises(ValueError, match='not a tf.keras.optimizers.Optimizer'):
    base_head.validate_v2_optimizer(3)


def test_summary_key_names_the_head():
  """A named head has its name behind the metric."""
  assert old_heads.summary_key(None, 'loss') == 'loss'
  assert old_heads.summary_key('a', 'loss') == 'loss/a'
