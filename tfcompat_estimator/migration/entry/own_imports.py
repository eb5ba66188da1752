"""Has all modules of the package mean the same TensorFlow, however late loaded.

Programs of TensorFlow 1 are brought to run by

    sys.modules['tensorflow'] = tensorflow.compat.v1

after which `import tensorflow` gives that. Many modules of this package are loaded
when they are first needed, so they would mean another TensorFlow than those that
were loaded before. While one of them is executed, the module of that name is
TensorFlow itself.
"""

import contextlib
import functools
import gc
import importlib.abc
import importlib.machinery
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence

_PACKAGE = __name__.partition('.')[0]
_TENSORFLOW = 'tensorflow'

# What a module is executed in.
Around = Callable[[], contextlib.AbstractContextManager[None]]


class Finder(importlib.abc.MetaPathFinder):
  """Finds the package's modules as Python does, but has them executed with care."""

  def find_spec(
    self,
    fullname: str,
    path: Sequence[str] | None,
    target: types.ModuleType | None = None,
  ) -> importlib.machinery.ModuleSpec | None:
    if not fullname.startswith(_PACKAGE + '.') or not _is_replaced():
      return None
    spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
    if spec is not None and spec.loader is not None:
      spec.loader = Loader(spec.loader, _put_back)
    return spec


def begin() -> None:
  """Adds the finder to those of Python, once."""
  if not any(isinstance(finder, Finder) for finder in sys.meta_path):
    sys.meta_path.insert(0, Finder())


def module(name: str) -> types.ModuleType:
  """The module that `sys.modules` has, but TensorFlow itself by its name."""
  if name == _TENSORFLOW and _is_replaced():
    return _genuine()
  return sys.modules[name]


class Loader(importlib.abc.Loader):
  """Loads as another loader does, within a context.

  Args:
    loader: The other one.
    around: Makes the context.
  """

  def __init__(self, loader: importlib.abc.Loader, around: Around):
    self._loader = loader
    self._around = around

  def __getattr__(self, name: str) -> object:
    return getattr(self._loader, name)  # get_source, get_data, is_package...

  def create_module(
    self, spec: importlib.machinery.ModuleSpec
  ) -> types.ModuleType | None:
    return self._loader.create_module(spec)

  def exec_module(self, module: types.ModuleType) -> None:
    assert module.__spec__ is not None
    # From here on the module looks as if it had been found without us.
    module.__spec__.loader = module.__loader__ = self._loader
    with self._around():
      self._loader.exec_module(module)


# How many modules are being executed, and what stood in for TensorFlow before.
_lock = threading.Lock()
_depth = 0
_replacement: types.ModuleType | None = None


@contextlib.contextmanager
def _put_back() -> Iterator[None]:
  """While one of these is open, in any thread, TensorFlow has its name back.

  The lock is not held meanwhile: modules wait for each other by Python's own locks.
  """
  global _depth, _replacement  # noqa: PLW0603
  with _lock:
    if not _depth:
      _replacement = sys.modules[_TENSORFLOW]
      sys.modules[_TENSORFLOW] = _genuine()
    _depth += 1
  try:
    yield
  finally:
    with _lock:
      _depth -= 1
      if not _depth and _replacement is not None:
        sys.modules[_TENSORFLOW] = _replacement
        _replacement = None


def _is_replaced() -> bool:
  """Whether `tensorflow` is, or was just now, one of TensorFlow's other modules."""
  name = getattr(sys.modules.get(_TENSORFLOW), '__name__', _TENSORFLOW)
  return _depth > 0 or str(name).startswith(_TENSORFLOW + '.')


@functools.cache
def _genuine() -> types.ModuleType:
  """TensorFlow, which Keras and TensorFlow's own parts still refer to.

  Raises:
    ImportError: Nothing does.
  """
  for found in gc.get_objects():
    # isinstance() would ask lazy modules for their classes, and load them.
    if type(found) is types.ModuleType and found.__name__ == _TENSORFLOW:
      return found
  raise ImportError(
    "sys.modules['tensorflow'] is another module than TensorFlow, which cannot "
    f'be found any more. Import {_PACKAGE} before it is replaced.'
  )
