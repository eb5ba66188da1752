"""Serves and completes modules while Python imports them."""

import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Sequence

from tfcompat_estimator.migration.entry import own_imports

# Module name -> the module to give for it, or None: not this hook's business.
Serve = Callable[[str], types.ModuleType | None]
# Called with the name of a module after it was executed.
Complete = Callable[[str], None]


class Hook(importlib.abc.MetaPathFinder):
  """A finder that stands first in sys.meta_path.

  It gives existing modules for names that nothing else may serve, and has
  modules that others load completed by a function before the importer sees
  them.
  """

  def __init__(
    self,
    serve: Serve,
    completes: Callable[[str], bool],
    complete: Complete,
    around: own_imports.Around = contextlib.nullcontext,
  ):
    self._serve = serve
    self._completes = completes
    self._complete = complete
    self._around = around

  def find_spec(
    self,
    fullname: str,
    path: Sequence[str] | None,
    target: types.ModuleType | None = None,
  ) -> importlib.machinery.ModuleSpec | None:
    module = self._serve(fullname)
    if module is not None:
      return importlib.machinery.ModuleSpec(
        fullname, _Given(module), is_package=hasattr(module, '__path__')
      )
    if not self._completes(fullname):
      return None
    spec = self._spec_of_others(fullname, path, target)
    if spec is not None and spec.loader is not None:
      spec.loader = _Completed(spec.loader, self._complete, self._around)
    return spec

  def _spec_of_others(
    self,
    fullname: str,
    path: Sequence[str] | None,
    target: types.ModuleType | None,
  ) -> importlib.machinery.ModuleSpec | None:
    """What the finders after this one find."""
    for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
      find = getattr(finder, 'find_spec', None)
      spec = find(fullname, path, target) if find else None
      if spec is not None:
        return spec
    return None


class _Given(importlib.abc.Loader):
  """Loads a module that exists already."""

  def __init__(self, module: types.ModuleType):
    self._module = module
    self._spec = getattr(module, '__spec__', None)

  def create_module(
    self, spec: importlib.machinery.ModuleSpec
  ) -> types.ModuleType:
    return self._module

  def exec_module(self, module: types.ModuleType) -> None:
    # The import system has just given the module the spec of its other name.
    module.__spec__ = self._spec


class _Completed(own_imports.Loader):
  """Loads likewise, and calls a function then."""

  def __init__(
    self,
    loader: importlib.abc.Loader,
    complete: Complete,
    around: own_imports.Around,
  ):
    super().__init__(loader, around)
    self._complete = complete

  def exec_module(self, module: types.ModuleType) -> None:
    assert module.__spec__ is not None
    name = module.__spec__.name
    super().exec_module(module)
    self._complete(name)
