"""Makes `tensorflow` and `tensorflow.contrib` as programs of TF 1 know them."""

import contextlib
import importlib
import importlib.util
import logging
import sys
import types
from collections.abc import Callable
from typing import Any

from tfcompat_estimator.api import namespace
from tfcompat_estimator.migration.tf1 import contrib_table, names

_EXAMPLES = {
  'examples.tutorials.mnist.input_data': (
    'tfcompat_estimator.migration.tf1.mnist'
  ),
}
_NEEDS_SLIM = (
  'it needs tf_slim, which is the layers, metrics and slim of tf.contrib. Do: '
  "pip install 'tfcompat-estimator[tf1]', or pip install tf_slim."
)
# What became a package of its own, and is served where that is installed.
_SUCCESSORS = {'gan': 'tensorflow_gan'}
_root: 'Root | None' = None
_undo: list[Callable[[], None]] = []


class Root(types.ModuleType):
  """`tensorflow`, as it was in TensorFlow 1.15."""

  def __init__(self, real: types.ModuleType):
    super().__init__('tensorflow', 'TensorFlow 1, by tf.compat.v1.')
    self.__version__ = self.VERSION = names.VERSION
    self.__path__ = list(real.__path__)
    self.__file__ = real.__file__
    self.__spec__ = real.__spec__
    self._real = real
    self.contrib = _contrib('')

  def __getattr__(self, name: str) -> Any:
    if name == '__all__':
      return [each for each in dir(self) if not each.startswith('_')]
    v1 = self._real.compat.v1
    if name in vars(v1) or hasattr(v1, name):
      return getattr(v1, name)
    if name in names.PLACES:
      return namespace.resolve(names.PLACES[name])
    if name == 'python':
      return PrivateView(name)
    module = _real_module(f'tensorflow.{name}')
    if module is None:
      raise AttributeError(
        f"module 'tensorflow' (of TensorFlow 1, by --tf1) has no {name!r}"
      )
    return module

  def __dir__(self) -> list[str]:
    return sorted({*dir(self._real.compat.v1), *vars(self)})

  def __reduce__(self) -> tuple[Any, ...]:
    return root, ()


class Contrib(namespace.Namespace):
  """`tensorflow.contrib` or a module below it.

  It tells why a name is not served where that is known.
  """

  def __getattr__(self, name: str) -> Any:
    if name.startswith('__'):
      raise AttributeError(f'module {self.__name__!r} has no {name!r}')
    path = self.__name__.removeprefix('tensorflow.contrib').lstrip('.')
    full = f'{path}.{name}'.lstrip('.')
    if name == 'python' and path:  # tf.contrib.tpu.python.tpu.tpu_config
      return _old_path(f'contrib.{full}', f'contrib.{path}')
    row = contrib_table.find(full)
    value = _successor(full)
    if value is None:
      if row is None or row.reason:
        reason = row.reason if row else contrib_table.UNKNOWN
        raise AttributeError(f'tf.contrib.{full} is not served: {reason}')
      value = _contrib(full) if row.is_module else _resolve(full, row.place)
    setattr(self, name, value)
    return value

  def __dir__(self) -> list[str]:
    path = self.__name__.removeprefix('tensorflow.contrib').lstrip('.')
    return sorted({*contrib_table.below(path), *vars(self)})

  def __reduce__(self) -> tuple[Any, ...]:
    return find, (self.__name__.removeprefix('tensorflow.'),)


class OldPath(types.ModuleType):
  """A private module of tf.contrib, which has what the public one has."""

  def __init__(self, path: str, public: str):
    super().__init__(f'tensorflow.{path}', f'Stands for tf.{public}.')
    self.__path__: list[str] = []
    self._path = path
    self._public = public

  def __getattr__(self, name: str) -> Any:
    if name.startswith('__'):
      raise AttributeError(f'module {self.__name__!r} has no {name!r}')
    # slim.python.slim.nets has what slim.nets has, and
    # slim.python.slim.nets.vgg what the module slim.nets.vgg has.
    public = self._public.removeprefix('contrib.')
    parts = self._path.partition('.python.')[2].split('.')
    for begin in range(len(parts)):
      row = contrib_table.find('.'.join([public, *parts[begin:]]))
      if row is not None and not row.reason:
        module = find('.'.join(['contrib', public, *parts[begin:]]))
        if hasattr(module, name):
          return getattr(module, name)
    try:
      return getattr(find(self._public), name)
    except AttributeError:
      if name not in contrib_table.OLD_MODULES:
        raise
    return find(f'{self._path}.{name}')


class PrivateView(types.ModuleType):
  """`tensorflow.python` or a module below it, where others stood below that.

  `import tensorflow.python.keras.backend as K` reads attributes one by one, of
  which the real modules have others, or none.
  """

  def __init__(self, path: str):
    super().__init__(f'tensorflow.{path}', 'As in TensorFlow 1, by --tf1.')
    self.__path__: list[str] = []
    self._path = path

  def __getattr__(self, name: str) -> Any:
    if name.startswith('__'):
      raise AttributeError(f'module {self.__name__!r} has no {name!r}')
    path = f'{self._path}.{name}'
    if path in names.MOVED_NAMES:
      return namespace.resolve(names.MOVED_NAMES[path])
    if any(each.startswith(f'{path}.') for each in names.MOVED):
      return PrivateView(path)
    if path not in names.MOVED:
      module = _real_module(names.moved(self.__name__))
      if module is not None:
        mend(module.__name__.removeprefix('tensorflow.'), module)
        if hasattr(module, name):
          return getattr(module, name)
    place = names.moved(f'tensorflow.{path}')
    try:
      return importlib.import_module(place)
    except ModuleNotFoundError as error:
      raise AttributeError(
        f'module {self.__name__!r} has no {name!r}: {error}'
      ) from None


class Refused(types.ModuleType):
  """A module that is not served: it may be imported, and fails where it is used.

  Large programs import at their top what only an option of theirs needs.
  """

  def __init__(self, path: str, reason: str):
    super().__init__(f'tensorflow.{path}', f'Not served: {reason}')
    self.__path__: list[str] = []
    self._reason = f'tf.{path} is not served: {reason}'

  def __getattr__(self, name: str) -> Any:
    raise AttributeError(self._reason)


def is_begun() -> bool:
  """Whether the program has got TensorFlow 1's names."""
  return _root is not None


def root() -> Root:
  """`tensorflow` for a program; the first call turns v2 behavior off."""
  global _root  # noqa: PLW0603  # there is one tensorflow
  if _root is None:
    real = importlib.import_module('tensorflow')
    real.compat.v1.disable_v2_behavior()
    shapes = importlib.import_module('tfcompat_estimator.migration.tf1.shapes')
    _undo.append(shapes.begin_whole_floats())
    values = importlib.import_module(
      'tfcompat_estimator.migration.tf1.initialized_values'
    )
    _undo.append(values.begin_initialized_values())
    datasets = importlib.import_module(
      'tfcompat_estimator.migration.tf1.datasets'
    )
    _undo.append(datasets.begin_classes_of_v1())
    _root = Root(real)
  return _root


def forget() -> None:
  """Has the next program begin anew."""
  global _root  # noqa: PLW0603  # there is one tensorflow
  _root = None
  _made.clear()
  while _undo:
    _undo.pop()()


def find(path: str) -> Any:
  """The module at `tensorflow.<path>` of TensorFlow 1.

  Raises:
    ModuleNotFoundError: There was none, or it is not served; the message says
      why if that is known.
  """
  if path in _EXAMPLES:
    return importlib.import_module(_EXAMPLES[path])
  if path.partition('.')[0] == 'contrib':
    return _find_contrib(path)
  value: Any = root()
  try:
    for part in path.split('.'):
      value = getattr(value, part)
  except AttributeError as error:
    if path.startswith('examples'):
      return _package(path)
    raise ModuleNotFoundError(
      f'No module named {f"tensorflow.{path}"!r}: {error}',
      name=f'tensorflow.{path}',
    ) from None
  return value


def _package(path: str) -> types.ModuleType:
  """A folder of examples on the way to a module of them."""
  if not any(each.startswith(f'{path}.') for each in _EXAMPLES):
    raise ModuleNotFoundError(
      f'No module named {f"tensorflow.{path}"!r}: of the examples of TensorFlow '
      '1 only tutorials.mnist.input_data is served',
      name=f'tensorflow.{path}',
    )
  package = types.ModuleType(f'tensorflow.{path}')
  package.__path__ = []
  return package


def _find_contrib(path: str) -> Any:
  if path == 'contrib':
    return root().contrib
  below = path.removeprefix('contrib.')
  successor = _successor(below)
  if successor is not None:
    return successor
  row = contrib_table.find(below)
  public = contrib_table.public_of(below)
  if row is None and public is not None:
    return _old_path(path, f'contrib.{public}')
  if row is not None and contrib_table.is_refused_module(below):
    return _refused(path, row.reason)
  if row is None or row.reason:
    reason = row.reason if row else contrib_table.UNKNOWN
    raise ModuleNotFoundError(
      f"No module named 'tensorflow.{path}': it is not served: {reason}",
      name=f'tensorflow.{path}',
    )
  value: Any = root().contrib
  for part in below.split('.'):
    value = getattr(value, part)
  return value


_made: dict[str, Any] = {}


def _contrib(path: str) -> Contrib:
  """The module of tf.contrib at a path that the table has."""
  name = f'tensorflow.contrib.{path}'.rstrip('.')
  if name not in _made:
    _made[name] = Contrib(name, 'A module of tf.contrib, served by --tf1.', {})
  return _made[name]


def contrib_name(path: str) -> Any:
  """What `tf.contrib` has under a name, 'layers.optimize_loss'.

  Raises:
    AttributeError: It is not served, or needs a library that is not there.
  """
  module, _, name = path.rpartition('.')
  return getattr(_contrib(module), name)


def _old_path(path: str, public: str) -> OldPath:
  if path not in _made:
    _made[path] = OldPath(path, public)
  return _made[path]


def _refused(path: str, reason: str) -> Refused:
  if path not in _made:
    _made[path] = Refused(path, reason)
    owner, _, name = path.rpartition('.')
    if owner == 'contrib':
      logging.getLogger('tensorflow').warning(
        'The program imports tf.%s, which is not served: %s. It goes on until '
        'it uses that.',
        path,
        reason,
      )
    # `import tensorflow.contrib.x as y` reads it there.
    setattr(_find_contrib(owner), name, _made[path])
  return _made[path]


def _successor(path: str) -> Any:
  """What a package has that a module below tf.contrib became; else None."""
  top, *below = path.split('.')
  package = _SUCCESSORS.get(top)
  if package is None or importlib.util.find_spec(package) is None:
    return None
  value: Any = importlib.import_module(package)
  for part in below:
    value = getattr(value, part, None)
  return value


def _resolve(name: str, place: str) -> Any:
  """What stands at a place; tells what to install if it is not there."""
  if place.startswith('tf_slim'):
    if importlib.util.find_spec('tf_slim') is None:
      raise AttributeError(f'tf.contrib.{name} is not served: {_NEEDS_SLIM}')
    mend_for_slim()
  value = namespace.resolve(place)
  if isinstance(value, types.ModuleType):
    mend(value.__name__.removeprefix('tensorflow.'), value)
  return value


def mend(path: str, module: types.ModuleType) -> None:
  """Adds the names that a private module of TensorFlow has lost.

  Args:
    path: Of the module, below `tensorflow`.
    module: It.
  """
  for name, place in names.MENDED.get(path, {}).items():
    if name not in vars(module):
      with contextlib.suppress(namespace.PlaceError):  # of another TensorFlow
        setattr(module, name, namespace.resolve(place))


def mend_for_slim() -> None:
  """Adds what tf_slim 1.1.0 reads of private modules that TF 2.15 emptied.

  https://github.com/tensorflow/tensorflow/issues/63515
  """
  for path in contrib_table.READ_BY_SLIM:
    mend(path, importlib.import_module(f'tensorflow.{path}'))


def explain(module: types.ModuleType, name: str) -> str:
  """Why `from module import name` fails; empty if it is not known."""
  if not isinstance(module, Contrib | OldPath | Refused):
    return ''
  below = f'{module.__name__}.{name}'.removeprefix('tensorflow.contrib.')
  if contrib_table.is_refused_module(below):
    return ''
  try:
    getattr(module, name)
  except AttributeError as error:
    return str(error)
  return ''


def _real_module(name: str) -> types.ModuleType | None:
  """A module that is there, such as folders of the real package."""
  if name in sys.modules:
    return sys.modules[name]
  try:
    return importlib.import_module(name)
  except ModuleNotFoundError:
    return None
