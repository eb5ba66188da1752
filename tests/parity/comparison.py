"""Compares what two sides observed."""

import numpy as np


def assert_close(actual, expected, tolerance):
  """Fails unless two nests of dicts, lists and arrays are alike."""
  if isinstance(expected, dict):
    assert set(actual) == set(expected)
    for key in expected:
      assert_close(actual[key], expected[key], tolerance)
  elif isinstance(expected, list) and _holds_nests(expected):
    assert len(actual) == len(expected)
    for one, other in zip(actual, expected, strict=True):
      assert_close(one, other, tolerance)
  elif np.asarray(expected).dtype.kind == 'f':
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
  else:
    np.testing.assert_array_equal(actual, expected)


def _holds_nests(values):
  return any(isinstance(value, (dict, list)) for value in values)
