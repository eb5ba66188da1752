"""Checks how the parity tests carry values from process to process."""

import numpy as np
import pytest

from tests.parity import sides


def test_values_survive_the_trip(tmp_path):
  """Nests of JSON values, arrays, numpy scalars and strings come back."""
  value = {
    'plain': [1, 2.5, 'text', None, True],
    'nest': {'array': np.arange(6.0).reshape(2, 3), 'scalar': np.float32(0.5)},
    'strings': np.array([b'a', b'long'], dtype=object),
    'pair': (1, np.zeros([0, 2])),
  }

  sides.write(str(tmp_path / 'value'), value)
  back = sides.read(str(tmp_path / 'value'))

  assert back['plain'] == value['plain']
  np.testing.assert_array_equal(back['nest']['array'], value['nest']['array'])
  assert back['nest']['scalar'].dtype == np.float32
  assert back['strings'].tolist() == [b'a', b'long']
  assert back['pair'][0] == 1
  assert back['pair'][1].shape == (0, 2)


def test_reference_says_what_is_missing(monkeypatch):
  """Without an interpreter for the reference the remedy is named."""
  monkeypatch.delenv(sides.REFERENCE_VARIABLE, raising=False)
  with pytest.raises(LookupError, match='make parity'):
    sides.reference()

  monkeypatch.setenv(sides.REFERENCE_VARIABLE, '/no/such/python')
  with pytest.raises(LookupError, match='/no/such/python'):
    sides.reference()


def test_failures_carry_the_other_traceback(ours):
  """An exception in the other process shows in the error here."""
  with pytest.raises(sides.SideError, match=r'no_such_program\.py'):
    ours.call('no_such_program', 'train')
