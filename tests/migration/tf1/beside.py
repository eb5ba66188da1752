"""What programs of TensorFlow 1 give here, beside what they gave on 1.15."""

import fcntl
import functools
import os
import pathlib
import tempfile

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


# Where the workers of pytest-xdist find each other's results; set by conftest.
_folder: pathlib.Path | None = None


def share_results(folder):
  """Lets all processes that name this folder run each program once."""
  global _folder
  folder.mkdir(exist_ok=True)
  _folder = folder


@functools.cache
def _results(program):
  """What a program gives. Whoever asks first runs it; others wait."""
  path = os.fspath((_folder or pathlib.Path(tempfile.mkdtemp())) / program)
  with open(f'{path}.lock', 'w') as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    if not os.path.exists(f'{path}.json'):  # written last
      made = sides.ours_of_tf1(record.PROGRAMS).call(program, 'all_of_them')
      sides.write(path, made)
    return sides.read(path)


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
