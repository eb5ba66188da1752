"""Tests which files are programs, and what of them can be read."""

import pytest

from tfcompat_estimator.migration.check import sources

UNREADABLE = {
  'print': (b'import tensorflow as tf\nprint "x"\n', 'is Python 2, line 2'),
  'except': (
    b'import tensorflow\ntry:\n  f()\nexcept E, e:\n  pass\n',
    'is Python 2, line 4',
  ),
  'syntax': (b'import tensorflow as\n', 'does not parse, line 1'),
  'latin_1': (
    b'import tensorflow  # caf\xe9\nx = "\xe9"\n',
    'is not in the encoding that it declares',
  ),
  'unknown_encoding': (
    b'# -*- coding: klingon -*-\nimport tensorflow\n',
    'is not in the encoding that it declares',
  ),
  'utf_16': ('import tensorflow'.encode('utf-16'), 'is UTF-16'),
  'null_byte': (b'import tensorflow\0\n', 'does not parse'),
  'deep': (
    b'import tensorflow\nx = ' + b'(' * 5000 + b')' * 5000,
    'does not parse',
  ),
}


@pytest.mark.parametrize('name', UNREADABLE)
def test_unreadable(tmp_path, name):
  """What is no Python 3 gets a line that says why."""
  source, problem = UNREADABLE[name]
  path = tmp_path / 'program.py'
  path.write_bytes(source)

  read = sources.read(str(path))

  assert read.tree is None
  assert read.problem.startswith(problem)


@pytest.mark.parametrize(
  'source',
  [
    '# -*- coding: latin-1 -*-\nx = "é"; import tensorflow'.encode('latin-1'),
    b'\xef\xbb\xbfimport tensorflow\n',
    b'import tensorflow\r\nx = "\\d"\r\n',
  ],
)
def test_readable(tmp_path, source):
  """Declared encodings, a byte order mark and Windows' lines are fine."""
  path = tmp_path / 'program.py'
  path.write_bytes(source)

  assert sources.read(str(path)).tree is not None


def test_folders_of_others_are_left_out(tmp_path):
  """Virtual environments, caches and hidden folders are not the program."""
  for folder in ('.git', '__pycache__', 'env', 'mine'):
    (tmp_path / folder).mkdir()
    (tmp_path / folder / 'a.py').write_text('import tensorflow')
  (tmp_path / 'env' / 'pyvenv.cfg').write_text('')
  (tmp_path / 'mine' / 'again').symlink_to(tmp_path / 'mine')
  (tmp_path / 'mine' / 'lost.py').symlink_to('/no/such.py')
  (tmp_path / 'mine' / 'round.py').symlink_to('round.py')

  assert list(sources.find([str(tmp_path), str(tmp_path / 'mine')])) == [
    str(tmp_path / 'mine' / 'a.py')
  ]
