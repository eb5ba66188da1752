"""Checks `python -m tfcompat_estimator check` as users call it."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from tests import fresh

ROOT = pathlib.Path(__file__).parents[3]
GOOD = 'import tensorflow as tf\nprint(tf.estimator.ModeKeys.TRAIN)\n'
BAD = 'import tensorflow as tf\n\ntf.contrib.tensorrt.create(1)\n'
CHANGE = 'import tensorflow as tf\nx = tf.placeholder(tf.float32)\n'


def check(*arguments, cwd=fresh.ROOT):
  command = ('-X', 'importtime', '-m', 'tfcompat_estimator', 'check')
  return fresh.run(*command, *arguments, cwd=cwd)


def test_report(tmp_path):
  """Each name is listed with its lines and a verdict; status 1 for one 'no'."""
  (tmp_path / 'good.py').write_text(GOOD)
  (tmp_path / 'sub').mkdir()
  (tmp_path / 'sub' / 'bad.py').write_text(BAD)
  (tmp_path / 'other.py').write_text('print("nothing")')

  done = check('.', cwd=tmp_path)

  assert done.returncode == 1
  assert done.stdout == (
    './good.py\n'
    '  tf.estimator.ModeKeys: works as it is (line 2)\n'
    './sub/bad.py\n'
    '  tf.contrib.tensorrt.create (line 3)\n'
    '      does not work: use tensorflow.python.compiler.tensorrt.trt_convert, where\n'
    '        TensorFlow was built with TensorRT (docs/tensorflow-1.md)\n'
    '3 files read, 2 with something to tell. Of the names: 1 work as they '
    'are, 0 with a change, 1 not.\n'
  )
  assert 'tensorflow ' not in done.stderr  # not imported


@pytest.mark.parametrize('text, status', [(GOOD, 0), (CHANGE, 0), (BAD, 1)])
def test_status(tmp_path, text, status):
  """The exit status is 1 only where something does not work."""
  (tmp_path / 'program.py').write_text(text)

  assert check(tmp_path).returncode == status


def test_quiet(tmp_path):
  """With --quiet what works as it is is left out."""
  (tmp_path / 'program.py').write_text(GOOD)

  assert check(tmp_path, '-q').stdout == (
    '1 file read, 1 with something to tell. Of the names: 1 work as they are, '
    '0 with a change, 0 not.\n'
  )


def test_json(tmp_path):
  """--json writes an object that has all of it."""
  (tmp_path / 'bad.py').write_text(BAD)
  (tmp_path / 'broken.py').write_text('import tensorflow\ndef f(:\n')

  done = check('--json', tmp_path)
  report = json.loads(done.stdout)

  assert done.returncode == 1
  assert report['counts'] == {'works': 0, 'change': 0, 'no': 1}
  assert report['files_read'] == 2
  assert not report['works']
  bad, broken = report['files']
  assert bad['findings'] == [
    {
      'name': 'tf.contrib.tensorrt.create',
      'verdict': 'no',
      'advice': (
        'use tensorflow.python.compiler.tensorrt.trt_convert, where TensorFlow '
        'was built with TensorRT'
      ),
      'docs': 'docs/tensorflow-1.md',
      'places': ['3'],
    }
  ]
  assert broken['problem'] == 'does not parse, line 2: invalid syntax'


def test_missing_path():
  """A path that is not there is a mistake in the command: status 2."""
  done = check('/no/such/folder')

  assert done.returncode == 2
  assert 'no file or folder /no/such/folder' in done.stderr


def notebook(*cells):
  return {
    'nbformat': 4,
    'cells': [
      {'cell_type': kind, 'source': [f'{line}\n' for line in lines]}
      for kind, *lines in cells
    ],
  }


def test_notebook(tmp_path):
  """Code cells of notebooks are read, magics left out; places name the cell."""
  content = notebook(
    ('markdown', 'tf.contrib'),
    ('code', '%matplotlib inline', '!pip install x', 'import tensorflow as tf'),
    ('code', '%%bash', 'tf.contrib'),
    ('code', 'if True:', '  %time', 'tf.contrib.gan'),
  )
  (tmp_path / 'book.ipynb').write_text(json.dumps(content))

  done = check('.', cwd=tmp_path)

  assert done.returncode == 1
  assert '  tf.contrib.gan (cell 4 line 3)\n' in done.stdout


def test_magics(tmp_path):
  """Cells and lines of IPython's do not hide the Python beside them."""
  content = notebook(
    ('code', '%%time', 'import tensorflow as tf', 'tf.contrib.crf'),
    ('code', '%%writefile trainer/task.py', 'tf.contrib.slim'),
    ('code', 'files = !ls', 'tf.contrib.rnn?', 'tf.contrib.layers'),
    ('code', '!pip install a \\', '  b', 'tf.contrib.seq2seq'),
    ('code', "print('%d'", '      % tf.contrib.learn)'),
  )
  (tmp_path / 'book.ipynb').write_text(json.dumps(content))

  report = json.loads(check('--json', tmp_path).stdout)

  (book,) = report['files']
  assert book['problem'] is None
  assert [(each['name'], each['places']) for each in book['findings']] == [
    ('tf.contrib.crf', ['cell 1 line 3']),
    ('tf.contrib.slim', ['cell 2 line 2']),
    ('tf.contrib.layers', ['cell 3 line 3']),
    ('tf.contrib.seq2seq', ['cell 4 line 3']),
    ('tf.contrib.learn', ['cell 5 line 2']),
  ]


def test_a_cell_that_does_not_parse(tmp_path):
  """It is named, and the others are judged all the same."""
  content = notebook(
    ('code', 'import tensorflow as tf', 'tf.contrib.crf'),
    ('code', 'x = 1', 'y = # TODO'),
    ('code', 'tf.contrib.slim'),
  )
  (tmp_path / 'book.ipynb').write_text(json.dumps(content))

  done = check('.', cwd=tmp_path)

  assert done.returncode == 1
  assert 'does not parse, cell 2 line 2' in done.stdout
  assert '  tf.contrib.crf (cell 1 line 2)\n' in done.stdout
  assert '  tf.contrib.slim (cell 3 line 1)\n' in done.stdout


def test_broken_notebook(tmp_path):
  """A notebook that is none gets a line that says so."""
  (tmp_path / 'book.ipynb').write_text('{"tensorflow": 1}')

  done = check(tmp_path)

  assert done.returncode == 1
  assert 'is no notebook of format 4' in done.stdout


def test_notebook_of_another_language(tmp_path):
  """Its cells are none of Python, so there is nothing to tell."""
  content = notebook(('code', 'library(tensorflow)', 'tf.contrib <- 1'))
  content['metadata'] = {'kernelspec': {'language': 'R'}}
  (tmp_path / 'book.ipynb').write_text(json.dumps(content))

  assert check(tmp_path).returncode == 0


def test_nested_too_deeply(tmp_path):
  """What parses may still be more than can be followed; others are judged."""
  (tmp_path / 'bad.py').write_text(BAD)
  (tmp_path / 'deep.py').write_text('import tensorflow\na' + ".b('x')" * 900)

  done = check('.', cwd=tmp_path)

  assert 'nested too deeply' in done.stdout
  assert 'tf.contrib.tensorrt' in done.stdout
  assert not done.stderr.count('Traceback')


def test_reader_that_stops_early(tmp_path):
  """A pipe that is closed, as `head` does it, is no error."""
  for number in range(3000):
    (tmp_path / f'program_{number:04}.py').write_text(GOOD)
  command = f'"{sys.executable}" -m tfcompat_estimator check . | head -n 1'

  done = subprocess.run(
    ['bash', '-c', f'set -o pipefail; {command}'],
    cwd=tmp_path,
    capture_output=True,
    text=True,
    check=False,
    env={**os.environ, 'PYTHONPATH': os.fspath(ROOT)},
  )

  assert done.stdout == './program_0000.py\n'
  assert done.stderr == ''
