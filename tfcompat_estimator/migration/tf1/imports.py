"""Gives `import tensorflow` of a program's own modules TensorFlow 1's names.

What an import means depends on who imports: libraries go on to see TensorFlow 2.
Only `builtins.__import__` is told who that is.
"""

import builtins
import importlib
import os
import pathlib
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tfcompat_estimator.api import namespace
from tfcompat_estimator.migration.tf1 import modules, names

# Folders of installed packages, by name: a program is in none of them.
_INSTALLED = frozenset({'site-packages', 'dist-packages'})
# Libraries that know TensorFlow 2, wherever they are installed.
_LIBRARIES = frozenset(
  [
    'keras',
    'tensorboard',
    'tensorflow',
    'tensorflow_datasets',
    'tensorflow_gan',
    'tensorflow_hub',
    'tensorflow_probability',
    'tensorflow_serving',
    'tf_keras',
    'tf_slim',
    'tfcompat_estimator',
  ]
)
_STDLIB = os.fspath(pathlib.Path(os.__file__).parent) + os.sep
# Below `tensorflow`: what is the same module for programs of TensorFlow 1.
_REAL = frozenset(
  [
    '_api',
    'compat',
    'compiler',
    'core',
    'dtensor',
    'include',
    'lite',
    'python',
    'tools',
    'tsl',
  ]
)


class Imports:
  """What stands in the place of `builtins.__import__` while installed."""

  def __init__(self, packages: Iterable[str] = ()):
    """Makes it; `begin` puts it in place.

    Args:
      packages: Top-level packages that are the program's, although they are
        installed as libraries are.
    """
    self._packages = frozenset(packages)
    self._original: Callable[..., types.ModuleType] = builtins.__import__
    self._known: dict[tuple[Any, Any], bool] = {}
    self._active = False

  def add(self, packages: Iterable[str]) -> None:
    """Has more packages be the program's."""
    self._packages = self._packages.union(packages)
    self._known.clear()

  def begin(self) -> None:
    """Has imports of the program's modules come here."""
    self._original = builtins.__import__
    self._active = True
    builtins.__import__ = self._import

  def end(self) -> None:
    """Has them be Python's own again."""
    self._active = False
    # If others have put theirs before, they go on to call this one.
    if builtins.__import__ == self._import:
      builtins.__import__ = self._original
    modules.forget()

  def _import(
    self,
    name: str,
    globals: Mapping[str, Any] | None = None,
    locals: Mapping[str, Any] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
  ) -> types.ModuleType:
    if (
      level
      or not name.startswith('tensorflow')
      or name.partition('.')[0] != 'tensorflow'
      or not self._active
      or not self.is_program(
        sys._getframe(1).f_globals if globals is None else globals  # noqa: SLF001
      )
    ):
      return self._original(name, globals, locals, fromlist, level)
    return self._serve(name, fromlist or ())

  def is_program(self, module: Mapping[str, Any]) -> bool:
    """Whether the globals of a module are of the program, not of a library."""
    name, file = module.get('__name__'), module.get('__file__')
    known = self._known.get((name, file))
    if known is None:
      known = self._known[name, file] = self._judge(name or '', file)
    return known

  def _judge(self, name: str, file: str | None) -> bool:
    top = name.partition('.')[0]
    if top in self._packages:
      return True
    if top in _LIBRARIES:
      return False
    if file is None:
      # A notebook's cell, `python -c`, or code in a string. TensorFlow makes
      # modules without a file, too: of operations in libraries.
      return name in ('', '__main__')
    path = os.path.abspath(file)
    return not (
      path.startswith(_STDLIB) or _INSTALLED.intersection(path.split(os.sep))
    )

  def _serve(self, name: str, fromlist: Sequence[str]) -> types.ModuleType:
    """What the statement gives, and the modules below it are imported."""
    path = name.removeprefix('tensorflow').removeprefix('.')
    top = path.partition('.')[0]
    if top == 'compat' and not modules.is_begun():
      # A program of tf.compat.v1 decides of v2 behavior itself.
      return self._original(name, {}, {}, fromlist, 0)
    root = modules.root()
    if not path:
      module: Any = root
    elif top in _REAL:
      module = self._real(name)
    else:
      module = modules.find(path)
    for each in fromlist:
      if each != '*':
        self._import_below(name, module, each)
    if top in _REAL and any(
      f'{path}.{each}' in names.MOVED | names.MOVED_NAMES for each in fromlist
    ):
      return self._with_moved(name, module, fromlist)
    return module if fromlist else root

  def _with_moved(
    self, name: str, module: types.ModuleType, fromlist: Sequence[str]
  ) -> types.ModuleType:
    """A module for one statement, where what it imports went elsewhere.

    Libraries find the real module as it is.
    """
    view = types.ModuleType(name)
    for each in fromlist:
      full = f'{name.removeprefix("tensorflow.")}.{each}'
      if full in names.MOVED:
        value: Any = importlib.import_module(names.MOVED[full])
      elif full in names.MOVED_NAMES:
        value = namespace.resolve(names.MOVED_NAMES[full])
      else:
        value = getattr(module, each)
      setattr(view, each, value)
    return view

  def _real(self, name: str) -> types.ModuleType:
    """A module of TensorFlow itself, or what took its place."""
    moved = names.moved(name)
    module = importlib.import_module(moved)
    modules.mend(moved.removeprefix('tensorflow.'), module)
    return module

  def _import_below(
    self, owner: str, module: types.ModuleType, name: str
  ) -> None:
    """Imports what `from module import name` may mean, if it is a module."""
    if hasattr(module, name):
      path = f'{owner.removeprefix("tensorflow.")}.{name}'
      if path in names.MENDED:
        modules.mend(path, getattr(module, name))
      return
    reason = modules.explain(module, name)
    if reason:
      raise ImportError(reason, name=f'{owner}.{name}')
    if not hasattr(module, '__path__'):
      return
    try:
      below = self._serve(f'{owner}.{name}', ('__doc__',))
    except ModuleNotFoundError:
      return
    if not hasattr(module, name):
      setattr(module, name, below)
