"""Runs a program with tf.estimator in place, as `python` itself would run it."""

import builtins
import importlib
import importlib.util
import io
import os
import pkgutil
import runpy
import sys
import types
from typing import Any, NamedTuple, NoReturn

import tfcompat_estimator
from tfcompat_estimator.migration.entry import quiet_start, startup
from tfcompat_estimator.migration.tf1 import imports


class _Command(NamedTuple):
  """What a word in place of a program does.

  Attributes:
    module: Has `main`, a function of the arguments after the word, and of how the
      command was called, for its help.
    does: Ends a line of the help that begins with the word.
  """

  module: str
  does: str


COMMANDS = {
  'check': _Command(
    'tfcompat_estimator.migration.check.command',
    'says what of Estimator a program uses, and whether it works here',
  ),
  'convert-checkpoint': _Command(
    'tfcompat_estimator.migration.checkpoints.convert_command',
    'converts a checkpoint between the v1 and the v2 estimators',
  ),
  'export-for-1.15': _Command(
    'tfcompat_estimator.saved_models.old_runtime_command',
    'copies an export so that servers of TensorFlow 1.15 load it',
  ),
  'history': _Command(
    'tfcompat_estimator.training.history_command',
    'prints or draws the losses and metrics of a model_dir',
  ),
  'verify': _Command(
    'tfcompat_estimator.migration.verify.command',
    'compares an export or a checkpoint with that of an old TensorFlow',
  ),
}

# Stands before a program whose first training is to be a dry run.
_TRY = 'try'
_TRIAL = 'tfcompat_estimator.training.dry_run_command'

# Stands before a program that is a task of a scheduler's job.
_LAUNCH = 'launch'
_LAUNCHER = 'tfcompat_estimator.distribution.launch'

_USAGE = (
  'usage: python -m tfcompat_estimator [--tf1] (SCRIPT | -m MODULE) '
  '[ARGUMENT ...]'
)
_COMMAND_LINES = '\n'.join(
  f'  {name}\n              {command.does}'
  for name, command in COMMANDS.items()
)
_HELP = f"""{_USAGE}

Runs a Python program that uses tf.estimator, unmodified.

  SCRIPT      a file, or a folder or zip file with a __main__.py
  -m MODULE   a module, or a package with a __main__
  --tf1       runs a program of TensorFlow 1: `import tensorflow` gives it the
              names of 1.15, tf.contrib among them; libraries see TensorFlow 2
  --tf1-packages NAME[,NAME ...]
              packages that are the program's, too, although they are installed
              in site-packages; says --tf1
  -h, --help  shows this
  --version   shows the version
  --enable [FOLDER], --disable [FOLDER]
              makes, or no longer makes, all programs of this interpreter have
              tf.estimator when the environment variable TFCOMPAT_ESTIMATOR is
              1: by a .pth file in its site-packages, or in FOLDER

Before a program:

  try         its first training is a dry run, and its end: a few batches are
              trained on, evaluated, predicted and exported in a temporary
              folder, and a report tells what a training would do

  launch --slurm
              sets TF_CONFIG from what Slurm tells the tasks of srun; servers
              end when the others have (launch --slurm --help)

In place of a program (each has its own --help):

{_COMMAND_LINES}

tf.keras is tf_keras in the program, as such programs expect it; set
TF_USE_LEGACY_KERAS=0 to have Keras 3.
"""


class _Program(NamedTuple):
  """What to run: a path or the name of a module, and what it gets."""

  name: str
  is_module: bool
  arguments: list[str]
  tf1: bool
  tf1_packages: list[str]


def _parse(arguments: list[str]) -> _Program:
  """Splits our own arguments from the program's, which are left as they are."""
  if arguments[:1] in (['-h'], ['--help']):
    sys.stdout.write(_HELP)
    sys.exit()
  if arguments[:1] == ['--version']:
    sys.stdout.write(f'{tfcompat_estimator.__version__}\n')
    sys.exit()
  if arguments[:1] in (['--enable'], ['--disable']):
    _switch(*arguments)
  tf1, packages, arguments = _parse_tf1(arguments)
  is_module = arguments[:1] == ['-m']
  rest = arguments[1:] if is_module else arguments
  if not rest or (rest[0].startswith('-') and not is_module):
    sys.stderr.write(f'{_USAGE}\n')
    sys.exit(2)
  if (
    tf1 and is_module
  ):  # a package that is run is the program, installed or not
    packages.append(rest[0].partition('.')[0])
  return _Program(rest[0], is_module, rest[1:], tf1, packages)


def _parse_tf1(arguments: list[str]) -> tuple[bool, list[str], list[str]]:
  """Whether the program is one of TensorFlow 1, its packages, and the rest."""
  tf1, packages = False, []
  while arguments:
    option, has_value, value = arguments[0].partition('=')
    if option == '--tf1-packages':
      if not has_value:
        value, arguments = ''.join(arguments[1:2]), arguments[1:]
      packages += [name.strip() for name in value.split(',') if name.strip()]
    elif arguments[0] != '--tf1':
      break
    tf1, arguments = True, arguments[1:]
  return tf1, packages, arguments


def _switch(option: str, folder: str | None = None) -> NoReturn:
  """Turns the installation at interpreter start on or off."""
  try:
    done = {'--enable': startup.enable, '--disable': startup.disable}[option](
      folder
    )
  except OSError as error:
    _fail(f'{error}. Give {option} a site-packages folder of yours.', 1)
  sys.stdout.write(f'{done}\n')
  sys.exit()


def _fail(message: str, status: int) -> NoReturn:
  """Ends the process as `python` does when it cannot start a program."""
  sys.stderr.write(f'{sys.executable}: {message}\n')
  sys.exit(status)


def _load_script(path: str) -> tuple[types.CodeType, dict[str, Any]]:
  """The code of a file, and the globals that say where it is from."""
  full_path = os.path.join(os.getcwd(), path)  # as `python` spells it
  try:
    with io.open_code(full_path) as file:
      source = file.read()
  except OSError as error:
    reason = f'[Errno {error.errno}] {error.strerror}'
    _fail(f"can't open file {full_path!r}: {reason}", 2)
  code = compile(source, full_path, 'exec', dont_inherit=True)
  return code, {'__file__': full_path, '__cached__': None}


def _load_module(name: str) -> tuple[types.CodeType, dict[str, Any]]:
  """The code of a module, or of a package's __main__, and its globals."""
  try:
    spec = importlib.util.find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
      name = f'{name}.__main__'
      spec = importlib.util.find_spec(name)
  except ModuleNotFoundError as error:
    reason = f'{type(error).__name__}: {error}'
    _fail(
      f'Error while finding module specification for {name!r} ({reason})', 1
    )
  if spec is None or spec.loader is None:
    _fail(f'No module named {name}', 1)
  code = spec.loader.get_code(name)  # type: ignore[attr-defined]
  if code is None:
    _fail(f'No code object available for {name}', 1)
  return code, {
    '__file__': spec.origin,
    '__cached__': spec.cached,
    '__loader__': spec.loader,
    '__package__': spec.parent,
    '__spec__': spec,
  }


def _run(code: types.CodeType, known: dict[str, Any]) -> None:
  """Executes a program as the module __main__."""
  main = types.ModuleType('__main__')
  vars(main).update({'__builtins__': builtins, **known})
  sys.modules['__main__'] = main
  exec(code, vars(main))  # noqa: S102  # this is what a runner does


def _hide_own_frames(error: BaseException) -> None:
  """Has the traceback start at the program, for whichever hook shows it."""
  trace = error.__traceback__
  while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
    trace = trace.tb_next
  part = trace
  while part is not None:  # with --tf1, each import goes by a function of ours
    below = part.tb_next
    while below is not None and (
      below.tb_frame.f_code.co_filename == imports.__file__
    ):
      below = below.tb_next
    part.tb_next, part = below, below
  show = sys.excepthook
  sys.excepthook = lambda kind, value, _: show(
    kind, value.with_traceback(trace), trace
  )


def main() -> None:
  """Runs the program that the command line names."""
  command = COMMANDS.get(sys.argv[1]) if sys.argv[1:] else None
  if command:
    quiet_start.begin()
    importlib.import_module(command.module).main(
      sys.argv[2:], f'python -m tfcompat_estimator {sys.argv[1]}'
    )
    return
  if sys.argv[1:2] == [_LAUNCH]:
    launcher = importlib.import_module(_LAUNCHER)
    with launcher.task(sys.argv[2:]) as arguments:
      _start(arguments)
    return
  _start(sys.argv[1:])


def _start(arguments: list[str]) -> None:
  """Runs the program that the arguments name."""
  is_trial = arguments[:1] == [_TRY]
  program = _parse(arguments[1:] if is_trial else arguments)
  settings: dict[str, Any] = {
    'tf1': program.tf1 or os.environ.get(startup.VARIABLE) == startup.TF1,
    'tf1_packages': program.tf1_packages,
  }
  startup.begin(**settings)
  startup.follow_spawned(**settings)
  if is_trial:
    importlib.import_module(_TRIAL).begin()
  sys.argv = [program.name, *program.arguments]
  try:
    if program.is_module:
      code, known = _load_module(program.name)
      sys.argv[0] = known['__file__']
    elif pkgutil.get_importer(program.name):  # a folder or a zip file
      runpy.run_path(program.name, run_name='__main__')
      return
    else:
      if not getattr(sys.flags, 'safe_path', False):
        sys.path[0] = os.path.dirname(os.path.realpath(program.name))
      code, known = _load_script(program.name)
    _run(code, known)
  except SystemExit:
    raise
  except BaseException as error:
    _hide_own_frames(error)
    raise


if __name__ == '__main__':
  main()
