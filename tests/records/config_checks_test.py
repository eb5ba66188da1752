"""Checks each row of what a RunConfig's properties must satisfy."""

import types

import pytest
import tensorflow as tf

from tfcompat_estimator.records import config_checks, run_config

BAD = {
  'model_dir': '',
  'save_summary_steps': -1,
  'save_checkpoints_steps': -1,
  'save_checkpoints_secs': -1,
  'session_config': {'allow_growth': True},
  'keep_checkpoint_max': -1,
  'keep_checkpoint_every_n_hours': 0,
  'log_step_count_steps': 0,
  'tf_random_seed': 1.0,
  'experimental_max_worker_delay_secs': 1.0,
  'session_creation_timeout_secs': 0,
  'device_fn': lambda node: '',
  'protocol': 'http',
}


def config(**changes):
  """What has the properties of a RunConfig."""
  names = [*BAD, 'train_distribute', 'eval_distribute']
  return types.SimpleNamespace(**{**dict.fromkeys(names), **changes})


@pytest.mark.parametrize('name', BAD)
def test_a_value_out_of_range_is_named(name):
  """With the property and what was given; None is always accepted."""
  config_checks.check(config())
  with pytest.raises(ValueError, match=f'{name}.*given: '):
    config_checks.check(config(**{name: BAD[name]}))


def test_the_defaults_pass():
  """So does a function of `op`, and a strategy."""
  config_checks.check(run_config.RunConfig())
  config_checks.check(
    config(
      device_fn=lambda op: '',
      train_distribute=tf.distribute.OneDeviceStrategy('/cpu:0'),
    )
  )
