"""Tests the settings of `tf.contrib.learn`."""

import pytest

from tfcompat_estimator.migration.tf1 import learn_config


def test_a_config_has_todays_settings():
  """What it took becomes a session_config and an interval of checkpoints."""
  config = learn_config.RunConfig(
    num_cores=3, save_checkpoints_steps=9, keep_checkpoint_max=2
  )

  assert config.session_config.intra_op_parallelism_threads == 3
  assert config.tf_config is config.session_config
  assert config.save_checkpoints_steps == 9
  assert config.save_checkpoints_secs is None
  assert config.keep_checkpoint_max == 2
  assert learn_config.RunConfig().save_checkpoints_secs == 600


def test_modes():
  """INFER is what is called PREDICT today; others are refused."""
  assert learn_config.ModeKeys.INFER == 'infer'
  learn_config.ModeKeys.validate('train')
  with pytest.raises(ValueError, match='Invalid mode test'):
    learn_config.ModeKeys.validate('test')
