"""What programs of TensorFlow 1 give here, beside what they gave on 1.15."""

import functools

import numpy as np

from tests.migration.tf1 import record
from tests.parity import sides


def check_same(got, expected, path=''):
  """Fails where two nests differ; floats may by 1e-5."""
  if isinstance(expected, dict):
    assert sorted(got) == sorted(expected), path
    for key, value in expected.items():
      check_same(got[key], value, f'{path}/{key}')
  elif isinstance(expected, list):
    assert len(got) == len(expected), path
    for index, pair in enumerate(zip(got, expected, strict=True)):
      check_same(*pair, f'{path}/{index}')
  elif isinstance(expected, np.ndarray) and expected.dtype.kind == 'f':
    np.testing.assert_allclose(got, expected, 2e-5, 2e-6, err_msg=path)
  else:
    np.testing.assert_array_equal(got, expected, err_msg=path)


@functools.cache
def _results(program):
  return sides.ours_of_tf1(record.PROGRAMS).call(program, 'all_of_them')


def check_part(part, program='functions', only=()):
  """Fails unless results, gradients, names and values of variables are equal.

  Args:
    part: Of the results of a program.
    program: That one.
    only: Some of the results of the part; none for all of them.
  """
  got = _results(program)[part]
  expected = sides.read(str(record.GOLDENS / program))[part]
  if only:
    got, expected = (
      {name: each.get('result', each)[name] for name in only}
      for each in (got, expected)
    )
  check_same(got, expected)
