"""Tests what is a size, and what is a number of steps."""

import numpy as np
import pytest

from tfcompat_estimator.records import arguments


@pytest.mark.parametrize(
  'value',
  [16, 16.0, '16', b'16', ' 16 ', np.int64(16), np.float32(16), np.array(16)],
  ids=repr,
)
def test_sizes(value):
  """As ints, floats without a fraction, numpy's and texts."""
  found = arguments.size('units', value)
  assert (found, type(found)) == (16, int)


@pytest.mark.parametrize(
  'value, error',
  [
    ('16.0', ValueError),
    ('many', ValueError),
    (b'', ValueError),
    (None, TypeError),
    ([16], TypeError),
    (16.5, TypeError),
    (float('nan'), TypeError),
  ],
)
def test_no_sizes(value, error):
  """The error names the argument and its value."""
  with pytest.raises(error, match='`units` .* must be an integer'):
    arguments.size('units', value)


def test_fractions_may_be_cut():
  """Where the reference does so."""
  assert arguments.size('hidden_units', 16.5, truncates=True) == 16


@pytest.mark.parametrize(
  'value, error',
  [
    (None, None),
    (1, None),
    (0.5, None),
    (np.int64(3), None),
    (float('inf'), None),
    (0, ValueError),
    (-1, ValueError),
    (float('nan'), ValueError),
    ('3', TypeError),
    (b'3', TypeError),
    ([3], TypeError),
  ],
)
def test_steps(value, error):
  """Any number above 0, as the reference has it, or no limit."""
  if error is None:
    assert arguments.steps('steps', value) is None
    return
  with pytest.raises(error, match='steps'):
    arguments.steps('steps', value)
