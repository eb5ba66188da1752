"""Checks the names of modes."""

from tfcompat_estimator.records import modes


def test_values_of_modes():
  """The modes have the values that input functions compare with."""
  keys = modes.ModeKeys
  assert (keys.TRAIN, keys.EVAL, keys.PREDICT) == ('train', 'eval', 'infer')
