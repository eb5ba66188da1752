"""Checks that `python -m tfcompat_estimator` runs programs as `python` does."""

import signal

import pytest

from tests import fresh
from tfcompat_estimator import __main__ as launcher

SHOW = """
import os, sys, json
print(json.dumps([__name__, __file__, sys.argv, sys.path[0],
                  __spec__ and __spec__.name, __package__,
                  sys.modules['__main__'].__file__,
                  sys.modules['__main__'].__dict__ is globals()]))
"""


def both(*arguments, cwd):
  """The same command line for `python` and for the runner."""
  return (
    fresh.run(*arguments, cwd=cwd),
    fresh.run('-m', 'tfcompat_estimator', *arguments, cwd=cwd),
  )


def write(folder, **files):
  for name, text in files.items():
    path = folder / (name.replace('__in__', '/') + '.py')
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
  'arguments',
  [
    ['program.py'],
    ['program.py', 'one', '--two=3', '-m', '--version'],
    ['./program.py', '-h'],
    ['sub/deep.py', '--', 'x'],
    ['link.py'],
    ['-m', 'program', '--flag'],
    ['-m', 'sub.deep', 'a'],
    ['-m', 'sub'],
  ],
  ids=' '.join,
)
def test_program_sees_what_python_shows(tmp_path, arguments):
  """sys.argv, sys.path, __main__ and its names are those of `python`."""
  write(
    tmp_path,
    program=SHOW,
    sub__in__deep=SHOW,
    sub__in__main=SHOW,
    sub__in____init__='',
    sub__in____main__=SHOW,
  )
  (tmp_path / 'link.py').symlink_to(tmp_path / 'sub' / 'deep.py')

  expected, got = both(*arguments, cwd=tmp_path)

  assert got.stdout == expected.stdout
  assert expected.stdout
  assert (got.returncode, got.stderr) == (0, '')


def test_folder_with_main_is_run(tmp_path):
  """A folder is run by its __main__.py, as `python` does it."""
  write(tmp_path, app__in____main__='import sys; print(__name__, sys.argv)')

  expected, got = both('app', 'x', cwd=tmp_path)

  assert got.stdout == expected.stdout == "__main__ ['app', 'x']\n"


FAILURES = {
  'exit': 'import sys; sys.exit(7)',
  'exit_message': 'raise SystemExit("bye")',
  'exit_none': 'raise SystemExit',
  'error': 'def f():\n  raise ValueError("boo")\n\nf()\n',
  'chained': 'try:\n  1 / 0\nexcept Exception as e:\n  raise KeyError from e\n',
  'syntax': 'def f(:\n  pass\n',
  'hook': (
    'import sys, traceback\n'
    'sys.excepthook = lambda *e: print(traceback.format_exception(*e))\n'
    'raise ValueError("boo")\n'
  ),
  'at_exit': 'import atexit; atexit.register(lambda: print("end")); 1 / 0',
}


@pytest.mark.parametrize('name', FAILURES)
def test_status_and_traceback_are_those_of_python(tmp_path, name):
  """The exit status is kept, and a traceback starts at the program."""
  write(tmp_path, program=FAILURES[name])

  expected, got = both('program.py', cwd=tmp_path)

  assert got.returncode == expected.returncode
  assert got.stdout == expected.stdout
  assert got.stderr == expected.stderr


def test_interrupt_ends_the_process_as_python_does(tmp_path):
  """A KeyboardInterrupt that nobody catches is not an error of its own."""
  write(tmp_path, program='raise KeyboardInterrupt')

  expected, got = both('program.py', cwd=tmp_path)

  assert got.returncode in (expected.returncode, 128 + signal.SIGINT)
  assert got.stderr == expected.stderr


@pytest.mark.parametrize(
  'arguments, status',
  [(['nothing.py'], 2), (['-m', 'nothing'], 1), (['-m', 'nothing.below'], 1)],
)
def test_what_is_not_there_is_said_as_python_says(tmp_path, arguments, status):
  """A missing program ends with the status and the words of `python`."""
  expected, got = both(*arguments, cwd=tmp_path)

  assert got.returncode == expected.returncode == status
  assert got.stderr == expected.stderr


def test_usage_without_a_program(tmp_path):
  """Without a program there is nothing to run: usage, status 2."""
  got = fresh.run('-m', 'tfcompat_estimator', cwd=tmp_path)

  assert got.returncode == 2
  assert 'usage: python -m tfcompat_estimator' in got.stderr


_LEGACY = """
import tensorflow as tf

flags = tf.compat.v1.flags
flags.DEFINE_integer('steps', 1, 'Steps.')
FLAGS = flags.FLAGS

def main(argv):
  print(FLAGS.steps, argv[1:], tf.estimator.__name__)
  print(tf.keras.Model.__module__.split('.')[0])
  print(tf.compat.v1.layers.Dense.__module__.split('.')[0])
  return 3

if __name__ == '__main__':
  tf.compat.v1.app.run()
"""


@pytest.mark.parametrize(
  'variable, keras', [(None, 'tf_keras'), ('0', 'keras')]
)
def test_flags_and_app_run(tmp_path, variable, keras, monkeypatch):
  """A legacy main gets its flags, tf.estimator and the Keras of its time."""
  monkeypatch.delenv('TF_USE_LEGACY_KERAS', raising=False)
  write(tmp_path, program=_LEGACY)
  env = {} if variable is None else {'TF_USE_LEGACY_KERAS': variable}

  got = fresh.run(
    *('-m', 'tfcompat_estimator', 'program.py', '--steps=5', 'more'),
    cwd=tmp_path,
    **env,
  )

  assert got.stdout.split('\n')[:3] == [
    "5 ['more'] tfcompat_estimator.v2",
    keras,
    'tf_keras',
  ], got.stderr[-2000:]
  assert got.returncode == 3


_SPAWNS = """
import multiprocessing
import sys
import tensorflow as tf

from . import other

class Hook(tf.estimator.SessionRunHook):
  pass

def work(number):
  return [number, __name__, tf.estimator.__name__, other.NAME,
          multiprocessing.current_process().name.split('-')[0]]

if __name__ == '__main__':
  with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
    print(pool.map(work, [1, 2]))
"""


@pytest.mark.parametrize(
  'method', ['spawn', pytest.param('forkserver', marks=pytest.mark.slow)]
)
def test_spawned_processes_have_it_too(tmp_path, method):
  """Workers of multiprocessing import a module with tf.estimator in place."""
  write(
    tmp_path,
    package__in__task=_SPAWNS,
    package__in__other='NAME = "other"',
    package__in____init__='',
  )

  got = fresh.run(
    *('-m', 'tfcompat_estimator', '-m', 'package.task', method), cwd=tmp_path
  )

  name = 'SpawnPoolWorker' if method == 'spawn' else 'ForkServerPoolWorker'
  one, two = (
    [number, '__mp_main__', 'tfcompat_estimator.v2', 'other', name]
    for number in (1, 2)
  )
  assert got.stdout == f'{[one, two]}\n', got.stderr[-2000:]
  assert got.returncode == 0


@pytest.fixture(scope='module')
def general_help():
  """What the command without a program says of itself."""
  return fresh.printed('-m', 'tfcompat_estimator', '--help')


@pytest.mark.parametrize('name', launcher.COMMANDS)
def test_command_has_a_line_and_a_help(tmp_path, name, general_help):
  """Each command stands in the help, and has one of its own."""
  own = fresh.run('-m', 'tfcompat_estimator', name, '--help', cwd=tmp_path)

  assert f'  {name}\n' in general_help
  assert own.returncode == 0
  assert own.stdout.startswith(f'usage: python -m tfcompat_estimator {name}')


def test_program_may_be_called_like_a_command(tmp_path):
  """A script of a command's name is run by its path."""
  (tmp_path / 'convert-checkpoint').write_text('print("mine")')

  got = fresh.run(
    '-m', 'tfcompat_estimator', './convert-checkpoint', cwd=tmp_path
  )

  assert got.stdout == 'mine\n'
