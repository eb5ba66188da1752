"""Holds the shape of the house: levels, private imports, sizes, docstrings."""

import ast
import functools
import graphlib
import pathlib
import re

import pytest

from tests import fresh

ROOT = pathlib.Path(__file__).parents[1]
PACKAGE = 'tfcompat_estimator'

# A row of the table of CONTRIBUTING.md: "| 3 | `checkpoint/`, `inputs/` | ... |".
LEVEL_ROW = re.compile(r'^\| (\d+) \| ([^|]+) \|', re.MULTILINE)


def read_levels():
  """{room or module, as a path below the package: its level}."""
  rows = LEVEL_ROW.findall((ROOT / 'CONTRIBUTING.md').read_text('utf-8'))
  return {
    name.removesuffix('/'): int(level)
    for level, names in rows
    for name in re.findall(r'`([^`]+)`', names)
  }


LEVEL_OF = read_levels()
MAX_LOOSE_MODULES = 5

MAX_FILE_LINES = 400
MAX_BODY_LINES = 60
# path: (lines it may have, why)
LONG_FILES: dict[str, tuple[int, str]] = {
  'tests/heads/cases.py': (425, 'one table, run in two interpreters'),
  'tests/migration/tf1/programs/functions.py': (425, 'a program is one file'),
  'tests/migration/tf1/programs/styles/bert_run_classifier.py': (
    440,
    'a program is one file',
  ),
  'tests/parity/programs/subclasses.py': (598, 'a program is one file'),
  'tfcompat_estimator/estimator/call_steps.py': (
    647,
    'one class, whose methods call each other: the docstring is their map',
  ),
  'tests/serving/model_server.py': (430, 'a server that runs by itself'),
}
# path:function: (lines its body may have, why)
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}

# Makers of a tf.compat.v1.Session.
SESSION_NAMES = {
  'Session',
  'InteractiveSession',
  'MonitoredTrainingSession',
  'SingularMonitoredSession',
  'ChiefSessionCreator',
  'WorkerSessionCreator',
  'SessionManager',
}


def modules():
  return sorted((ROOT / PACKAGE).rglob('*.py'))


def relative(path):
  return path.relative_to(ROOT).as_posix()


@functools.cache
def parse(path):
  return ast.parse(path.read_text('utf-8'))


def room_of(path):
  """The room or top-level module that a file belongs to: a key of LEVEL_OF."""
  name = path.relative_to(ROOT / PACKAGE).with_suffix('').as_posix()
  return longest_known(name) or name


def longest_known(name):
  """The longest part of a path, from its start, that has a level."""
  parts = name.split('/')
  for end in range(len(parts), 0, -1):
    if '/'.join(parts[:end]) in LEVEL_OF:
      return '/'.join(parts[:end])
  return ''


def imported_names(path):
  """Yields (line, dotted name) of every import, wherever it stands."""
  for node in ast.walk(parse(path)):
    if isinstance(node, ast.Import):
      for alias in node.names:
        yield node.lineno, alias.name
    elif isinstance(node, ast.ImportFrom):
      assert node.level == 0, f'{relative(path)}:{node.lineno} is relative'
      for alias in node.names:
        yield node.lineno, f'{node.module}.{alias.name}'


def imported_rooms(path):
  """Yields (line, room) of every import from the package itself."""
  for line, name in imported_names(path):
    parts = name.split('.')
    if parts[0] == PACKAGE:
      yield line, longest_known('/'.join(parts[1:])) or '__init__'


def dotted(node):
  """`a.b.c` of an attribute chain, '' of anything else."""
  names = []
  while isinstance(node, ast.Attribute):
    names.append(node.attr)
    node = node.value
  if not isinstance(node, ast.Name):
    return ''
  return '.'.join([node.id, *reversed(names)])


def each_module(test):
  return pytest.mark.parametrize('path', modules(), ids=relative)(test)


@each_module
def test_imports_go_downward(path):
  """A module imports only its own room and those of lower levels."""
  room = room_of(path)
  if room.endswith('/__init__') and room not in LEVEL_OF:  # holds rooms
    return
  assert room in LEVEL_OF, f'{room} has no place in CONTRIBUTING.md'
  upward = [
    f'{relative(path)}:{line} imports {other}'
    for line, other in imported_rooms(path)
    if other != room and LEVEL_OF[other] >= LEVEL_OF[room]
  ]

  assert not upward


def test_no_folders_import_each_other():
  """Folders within a room have an order, too; loose modules count by themselves."""

  def folder(name):
    return name if name in LEVEL_OF else name.rpartition('/')[0]

  known = {p.relative_to(ROOT / PACKAGE).with_suffix('') for p in modules()}
  imports = {}
  for path in modules():
    own = folder(path.relative_to(ROOT / PACKAGE).with_suffix('').as_posix())
    others = imports.setdefault(own, set())
    for _, name in imported_names(path):
      module = pathlib.PurePath(*name.split('.')[1:])
      if name.startswith(f'{PACKAGE}.'):
        while module not in known and module.name:
          module = module.parent
        others.add(folder(module.as_posix()))
    others.discard(own)

  assert len(list(graphlib.TopologicalSorter(imports).static_order())) > 30


def test_levels_name_what_is_there():
  """Each room and module of the table exists."""
  package = ROOT / PACKAGE

  assert LEVEL_OF
  assert not [
    name
    for name in LEVEL_OF
    if not (package / name).is_dir() and not (package / f'{name}.py').exists()
  ]


def test_few_modules_are_loose():
  """What is no room of its own has one: the top is what newcomers open."""
  loose = list((ROOT / PACKAGE).glob('*.py'))

  assert len(loose) <= MAX_LOOSE_MODULES


@pytest.mark.parametrize(
  'path', [p for p in modules() if p.name != '_tf.py'], ids=relative
)
def test_private_modules_stay_behind_one_door(path):
  """Only _tf.py imports the insides of TensorFlow, tf_keras or Keras."""
  inside = [
    f'{relative(path)}:{line} imports {name}'
    for line, name in imported_names(path)
    if name.startswith(('tensorflow.python', 'tf_keras.src', 'keras.src'))
  ]

  assert not inside


def attributes(path):
  """The attributes that a module reads or sets, each after its line's number."""
  return [
    (node.lineno, node)
    for node in ast.walk(parse(path))
    if isinstance(node, ast.Attribute)
  ]


@each_module
def test_keras_is_imported_by_name(path):
  """`tf.keras` is Keras 2 or 3 as an environment variable says: never used."""
  names = [(line, dotted(node)) for line, node in attributes(path)]

  assert not [line for line, name in names if name == 'tf.keras']


@each_module
def test_no_session_is_made(path):
  """No module names a class that makes a tf.compat.v1.Session."""
  names = [(line, node.attr) for line, node in attributes(path)]

  assert not [(line, name) for line, name in names if name in SESSION_NAMES]


@each_module
def test_docstring_opens_the_module(path):
  """Every module starts with a sentence that fits its line."""
  docstring = ast.get_docstring(parse(path))

  assert docstring, f'{relative(path)} has no docstring'
  first = docstring.splitlines()[0]
  assert first.endswith('.')
  assert len(first) < 80


@pytest.mark.parametrize(
  'path',
  [
    p for p in modules() if p.name == '__init__.py' and p.parent.name != PACKAGE
  ],
  ids=relative,
)
def test_room_inits_hold_only_a_docstring(path):
  """It says what the room owns, and what it may import; nothing happens there."""
  assert len(parse(path).body) == 1
  assert re.search(r'\b[Ii]mports?\b', ast.get_docstring(parse(path)))


def test_every_room_has_an_init():
  """No folder of the package is a namespace by accident."""
  folders = {path.parent for path in modules()}

  assert not [relative(f) for f in folders if not (f / '__init__.py').exists()]


def test_what_is_no_python_is_packaged():
  """The wheel carries the tables that modules read."""
  setup = (ROOT / 'setup.py').read_text('utf-8')
  files = (ROOT / PACKAGE).rglob('*')
  suffixes = {path.suffix for path in files if path.is_file()}
  data = suffixes - {'.py', '.pyc'}

  assert data
  assert all(f"'*{suffix}'" in setup for suffix in data)


def check_sizes(sizes, limit, allowed):
  """Fails for what is too long, and for allowances that nothing needs."""
  too_long = {
    name: size
    for name, size in sizes.items()
    if size > allowed.get(name, (limit, ''))[0]
  }
  stale = [name for name in allowed if sizes.get(name, 0) <= limit]

  assert not too_long
  assert not stale
  assert all(reason for _, reason in allowed.values())


def test_files_are_short():
  """No file, nor one of tests, has over 400 lines but for reasons given."""
  paths = [*modules(), *(ROOT / 'tests').rglob('*.py')]
  sizes = {relative(p): len(p.read_text().splitlines()) for p in paths}

  check_sizes(sizes, MAX_FILE_LINES, LONG_FILES)


def body_lines(function):
  """Lines from the first statement after the docstring to the last."""
  has_docstring = ast.get_docstring(function, clean=False) is not None
  body = function.body[1 if has_docstring else 0 :]
  return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_functions_are_short():
  """No function body has over 60 lines, but for reasons given."""
  sizes = {}
  for path in modules():
    for node in ast.walk(parse(path)):
      if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        name = f'{relative(path)}:{node.name}'
        sizes[name] = max(sizes.get(name, 0), body_lines(node))

  check_sizes(sizes, MAX_BODY_LINES, LONG_FUNCTIONS)


_IMPORT_ALL = """
import importlib, pkgutil, sys
import tensorflow as tf

# TensorFlow's own subpackages show in dir(tf) once one of them is imported.
LAZY = {'tsl'}

def names():
  return (
    sorted(set(dir(tf)) - LAZY),
    sorted(dir(tf.compat.v1)),
    sorted(dir(tf.compat.v2)),
    hasattr(tf, 'estimator'),
    hasattr(tf.compat.v1, 'estimator'),
    [m for m in sys.modules if m.split('.')[0] == 'tensorflow_estimator'],
  )

before = names()
finders = list(sys.meta_path)
import tfcompat_estimator
for module in pkgutil.walk_packages(
    tfcompat_estimator.__path__, 'tfcompat_estimator.'):
  if not module.name.endswith('__main__'):
    importlib.import_module(module.name)
for a, b in zip(names(), before):
  assert a == b, set(a) ^ set(b)
own, *others = sys.meta_path  # it finds the package's modules only
assert type(own).__module__.startswith('tfcompat_estimator.'), own
assert others == finders
assert tf.executing_eagerly()
"""


def test_importing_changes_nothing_in_tf():
  """All of the package may be imported without a trace in TensorFlow."""
  fresh.printed('-c', _IMPORT_ALL)


def docstring_entries(path):
  """Yields (section, entry, text) of the lists in a module's docstrings."""
  for node in ast.walk(parse(path)):
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
      continue
    section = ''
    for line in (ast.get_docstring(node) or '').splitlines():
      if line and not line.startswith(' '):
        section = line.rstrip(':')
      elif entry := re.match(r'  (\S[^:]*): (.+)', line):
        yield section, *entry.groups()


@each_module
def test_docstrings_list_in_one_dialect(path):
  """Texts of Args, Attributes and Raises begin with a capital letter."""
  small = [
    f'{entry}: {text}'
    for section, entry, text in docstring_entries(path)
    if section in ('Args', 'Attributes', 'Raises')
    # A dtype leads the description of a tensor.
    and re.match(r'(?!(bool|float|int|string|uint)\d*\b)[a-z]', text)
  ]
  assert not small
