"""Checks what a program's user sees while TensorFlow is imported."""

import pytest

from tests import fresh

_IMPORTS = 'import sys, tensorflow\nsys.stderr.write("my own\\n")\n'


def stderr_of(tmp_path, program, **env):
  path = tmp_path / 'program.py'
  path.write_text(program, 'utf-8')
  return fresh.run('-m', 'tfcompat_estimator', path, **env).stderr.splitlines()


@pytest.mark.parametrize('level', [None, '1', '2'])
def test_nothing_by_default(tmp_path, level):
  """Of TensorFlow's own start nothing is seen, of the program all."""
  assert stderr_of(tmp_path, _IMPORTS, TF_CPP_MIN_LOG_LEVEL=level) == ['my own']


def test_each_line_once_if_asked_for(tmp_path):
  """With level 0, that of oneDNN is told once, and the process's own stays."""
  lines = stderr_of(tmp_path, _IMPORTS, TF_CPP_MIN_LOG_LEVEL='0')

  assert lines[-1] == 'my own'
  assert sum('oneDNN custom operations' in line for line in lines) == 1


def test_what_ends_the_process_is_told(tmp_path):
  """If the import aborts, as on a CPU without AVX, its last words are seen."""
  (tmp_path / 'tensorflow.py').write_text(
    'import os\nos.write(2, b"I0000 00:00:1.5    7 port.cc:3] chatter\\n'
    'F0000 00:00:1.5    7 cpu.cc:1] no AVX\\n")\nos.abort()\n',
    'utf-8',
  )

  lines = stderr_of(tmp_path, 'import tensorflow\n', TF_CPP_MIN_LOG_LEVEL=None)

  assert any('no AVX' in line for line in lines)
  assert not any('chatter' in line for line in lines)


def test_ctrl_c_while_it_is_imported(tmp_path):
  """What comes after an interrupt is still seen, and the filter says nothing."""
  (tmp_path / 'tensorflow.py').write_text(
    'import os\nos.killpg(0, 2)\nos.write(2, b"and on\\n")\n', 'utf-8'
  )
  program = (
    'import os, signal\nos.setsid()\n'
    'signal.signal(2, lambda *_: None)\nimport tensorflow\n'
  )

  lines = stderr_of(tmp_path, program, TF_CPP_MIN_LOG_LEVEL=None)

  assert 'and on' in lines
  assert not any('KeyboardInterrupt' in line for line in lines)
