"""Tests the values of warm starting."""

import pytest

from tfcompat_estimator.records import warm_start_settings


@pytest.mark.parametrize('checkpoint', ['', None])
def test_checkpoint_is_needed(checkpoint):
  """Settings without a checkpoint raise."""
  with pytest.raises(ValueError, match='`ckpt_to_initialize_from` MUST be set'):
    warm_start_settings.WarmStartSettings(ckpt_to_initialize_from=checkpoint)


def test_defaults():
  """By default all trainable variables start, without maps."""
  settings = warm_start_settings.WarmStartSettings('/ckpt')
  assert settings == ('/ckpt', '.*', {}, {})
  assert repr(settings) == (
    "WarmStartSettings(ckpt_to_initialize_from='/ckpt', "
    "vars_to_warm_start='.*', var_name_to_vocab_info={}, "
    'var_name_to_prev_var_name={})'
  )


def test_vocab_info_axis():
  """TensorFlow's VocabInfo takes rows or columns."""
  info = warm_start_settings.VocabInfo('new', 3, 0, 'old')
  assert (info.old_vocab_size, info.backup_initializer, info.axis) == (
    -1,
    None,
    0,
  )
  with pytest.raises(ValueError, match='axis'):
    warm_start_settings.VocabInfo('new', 3, 0, 'old', axis=2)
