"""Checks which strategies a RunConfig may have, and what is known of them."""

import pytest
import tensorflow as tf

from tfcompat_estimator.distribution import strategies

v1 = tf.compat.v1
MIRRORED = {
  'v2': lambda: tf.distribute.MirroredStrategy(['/cpu:0']),
  'v1': lambda: v1.distribute.MirroredStrategy(['/cpu:0']),
  'one device': lambda: tf.distribute.OneDeviceStrategy('/cpu:0'),
}


@pytest.mark.parametrize('make', MIRRORED.values(), ids=MIRRORED)
def test_strategies_of_one_process(make):
  """They share no variables with other processes."""
  strategy = make()
  strategies.check(strategy)

  assert strategies.replicas_here(strategy) == 1
  assert strategies.is_of_one_process(strategy)
  assert strategies.is_on_cpus(strategy)
  assert not strategies.is_multi_worker(strategy)


def test_what_is_no_strategy_is_named():
  """With the arguments that take one."""
  with pytest.raises(TypeError, match="train_distribute.*Given: 'mirrored'"):
    strategies.check('mirrored')


@pytest.mark.parametrize('mode, shared', [('train', True), ('eval', False)])
def test_losses_are_shared_among_replicas_in_training_only(mode, shared):
  """v1 optimizers then minimize a half each, so that gradients are a mean."""
  strategy = tf.distribute.MirroredStrategy(['/cpu:0', '/cpu:1'])
  with tf.Graph().as_default(), strategies.entered(strategy, mode):
    enabled = strategy._scale_loss_for_estimator  # noqa: SLF001

  assert enabled == shared


def test_gradients_are_added_up_on_one_cpu_meanwhile():
  """The strategy is afterwards what it was."""
  strategy = tf.distribute.MirroredStrategy(['/cpu:0'])
  before = strategy.extended._cross_device_ops  # noqa: SLF001
  with tf.Graph().as_default(), strategies.entered(strategy, 'train'):
    during = strategy.extended._cross_device_ops  # noqa: SLF001

  assert isinstance(during, tf.distribute.ReductionToOneDevice)
  assert strategy.extended._cross_device_ops is before  # noqa: SLF001
