"""Finds programs in files and folders, and parses them."""

import ast
import codecs
import dataclasses
import json
import os
import pathlib
import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

_SKIPPED = {'__pycache__', 'node_modules', 'site-packages', 'build'}
_SUFFIXES = ('.py', '.ipynb')
# A file that has none of these uses nothing of Estimator.
_HINTS = (b'tensorflow', b'tf.', b'TF_CONFIG', b'keras', b'ipynb')
_PYTHON_2 = re.compile(
  r'^\s*(print\s+[^\s(=]|print\s*$|exec\s+["\']|raise\s+\w+\s*,|except\s+\w[\w.]*\s*,)',
  re.MULTILINE,
)
# Lines of notebooks for IPython: `!pip install x`, `files = !ls`, `tf.estimator?`.
_MAGIC = re.compile(r'\s*([%!?]|[\w, ]+=\s*[%!]|[\w.]+\?\??\s*$)')
# Cells of Python after a first line of IPython's. Others are another language.
_PYTHON_CELLS = re.compile(r'%%(capture|prun|time|timeit|writefile.*\.py)\b')


@dataclasses.dataclass(frozen=True)
class Program:
  """A file, parsed, or the reason why it could not be.

  Attributes:
    path: Where it is.
    tree: Its syntax tree; None without one.
    problem: Why there is none; '' of a file that needs none.
    cells: Of a notebook, the cell and its line that each line came from.
  """

  path: str
  tree: ast.Module | None = None
  problem: str = ''
  cells: tuple[tuple[int, int], ...] = ()

  def place(self, line: int) -> str:
    """How to call a line: '12', or 'cell 3 line 2'."""
    if not self.cells:
      return str(line)
    cell, inner = self.cells[min(line, len(self.cells)) - 1]
    return f'cell {cell} line {inner}'


def find(paths: Iterable[str]) -> Iterator[str]:
  """The programs in files and folders, each once.

  Raises:
    FileNotFoundError: There is no such file or folder.
  """
  seen = set()
  for path in paths:
    if not os.path.exists(path):
      raise FileNotFoundError(f'there is no file or folder {path}')
    for found in _within(path) if os.path.isdir(path) else [path]:
      if os.path.realpath(found) not in seen:
        seen.add(os.path.realpath(found))
        yield found


def _within(folder: str) -> Iterator[str]:
  for directory, folders, names in os.walk(folder):
    folders[:] = sorted(
      name
      for name in folders
      if not name.startswith('.')
      and name not in _SKIPPED
      and not os.path.exists(os.path.join(directory, name, 'pyvenv.cfg'))
    )
    for name in sorted(names):
      path = os.path.join(directory, name)
      if (
        name.endswith(_SUFFIXES)
        and not name.startswith('.')
        and os.path.isfile(path)  # no link that leads nowhere, no pipe
      ):
        yield path


def read(path: str) -> Program:
  """Parses a file: Python, or a notebook by its suffix."""
  try:
    source = pathlib.Path(path).read_bytes()
  except OSError as error:
    return Program(path, problem=f'cannot be read: {error.strerror}')
  if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
    return Program(path, problem='is UTF-16, which Python does not read')
  if not any(hint in source for hint in _HINTS):
    return Program(path)
  if path.endswith('.ipynb'):
    return _notebook(path, source)
  return _parsed(path, source)


def _parsed(
  path: str,
  source: bytes | str,
  cells: tuple[tuple[int, int], ...] = (),
) -> Program:
  try:
    with warnings.catch_warnings():
      warnings.simplefilter('ignore')  # of escapes such as '\d'
      return Program(path, ast.parse(source), cells=cells)
  except SyntaxError as error:
    problem = _problem(source, error, Program(path, cells=cells))
  except (ValueError, RecursionError, MemoryError) as error:
    problem = f'does not parse: {error}'
  return Program(path, problem=problem, cells=cells)


def _problem(source: bytes | str, error: SyntaxError, program: Program) -> str:
  """What to say of a file that is no Python 3."""
  text = source if isinstance(source, str) else source.decode('latin-1')
  where = ''
  if error.lineno:
    place = program.place(error.lineno)
    where = f', {place}' if program.cells else f', line {place}'
  message = (error.msg or '').partition('\n')[0]
  if 'codec' in message or 'encoding' in message:
    return (
      f'is not in the encoding that it declares (UTF-8 if none): {message}. '
      'Save it as UTF-8, or declare its encoding (PEP 263)'
    )
  if _PYTHON_2.search(text):
    return f'is Python 2{where}: convert it first, as `2to3 -w` did'
  return f'does not parse{where}: {message}'


def _notebook(path: str, source: bytes) -> Program:
  """The code cells of a notebook as one program, without magics."""
  try:
    content = json.loads(source)
    if not _is_of_python(content.get('metadata') or {}):
      return Program(path)
    cells = content['cells']
    codes = [
      (number, ''.join(cell['source']).splitlines())
      for number, cell in enumerate(cells, 1)
      if cell['cell_type'] == 'code'
    ]
  except (ValueError, KeyError, TypeError, AttributeError) as error:
    return Program(path, problem=f'is no notebook of format 4: {error!r}')
  lines: list[str] = []
  places: list[tuple[int, int]] = []
  problem = ''
  for cell, code in codes:
    numbers = tuple((cell, number) for number in range(1, len(code) + 1))
    # What one cell uses is told though another does not parse.
    for tried in (code, _without_magics(code)):
      parsed = _parsed(path, '\n'.join(tried), numbers)
      if parsed.tree:
        break
    problem = problem or parsed.problem
    lines.extend(tried if parsed.tree else [''] * len(code))
    places.extend(numbers)
  whole = _parsed(path, '\n'.join(lines), tuple(places))
  return dataclasses.replace(whole, problem=problem or whole.problem)


def _is_of_python(metadata: dict[str, Any]) -> bool:
  """Whether a notebook's cells are Python, which they are if it does not say."""
  info = metadata.get('language_info') or {}
  kernel = metadata.get('kernelspec') or {}
  language = info.get('name') or kernel.get('language') or 'python'
  return 'python' in language.lower()


def _without_magics(code: list[str]) -> list[str]:
  """The lines of a cell with `pass` for those that are IPython's."""
  if code and code[0].lstrip().startswith('%%'):
    if not _PYTHON_CELLS.match(code[0].lstrip()):
      return [''] * len(code)
    code = ['', *code[1:]]
  lines: list[str] = []
  indent = ''
  goes_on = False  # after a backslash
  for line in code:
    is_magic = goes_on or bool(_MAGIC.match(line))
    if not goes_on:
      indent = line[: len(line) - len(line.lstrip())]
    goes_on = is_magic and line.rstrip().endswith('\\')
    lines.append(f'{indent}pass' if is_magic else line)
  return lines
