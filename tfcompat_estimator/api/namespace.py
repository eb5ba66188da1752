"""Makes modules whose names are looked up when first read, and lists of these."""

import importlib
import importlib.machinery
import importlib.util
import operator
import types
from collections.abc import Mapping
from typing import Any


class Namespace(types.ModuleType):
  """A module that is a list of names and where they live.

  Reading a name imports the module behind it. A name whose module is not there
  is an AttributeError that says so; the others are unaffected.
  """

  def __init__(
    self,
    name: str,
    doc: str,
    places: Mapping[str, str],
    missing: Mapping[str, str] | None = None,
    children: Mapping[str, types.ModuleType] | None = None,
  ):
    """Makes the module; nothing is imported.

    Args:
      name: Its `__name__`, dotted.
      doc: Its docstring.
      places: Public names, and where each lives: see `resolve`.
      missing: Names that are not offered, and what to use instead of them.
      children: Modules below this one, by their last name.
    """
    super().__init__(name, doc)
    self.__path__: list[str] = []  # a package: `import name.child` is allowed
    self.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    self.__all__ = sorted({*places, *(children or ())})
    self._places = dict(places)
    self._missing = dict(missing or {})
    vars(self).update(children or {})

  def __getattr__(self, name: str) -> Any:
    if name.startswith('__'):
      raise AttributeError(f'module {self.__name__!r} has no {name!r}')
    if name in self._missing:
      raise AttributeError(
        f'{self.__name__}.{name} is not offered: {self._missing[name]}'
      )
    if name not in self._places:
      hint = (
        '. tf.compat.v1.estimator.inputs is there' if name == 'inputs' else ''
      )
      raise AttributeError(f'module {self.__name__!r} has no {name!r}{hint}')
    try:
      value = resolve(self._places[name])
    except PlaceError as error:
      raise AttributeError(
        f'{self.__name__}.{name} is not offered yet: {error}'
      ) from None
    setattr(self, name, value)  # the next read finds it at once
    return value

  def __dir__(self) -> list[str]:
    return sorted({*self.__all__, '__doc__', '__name__'})

  def __reduce__(self) -> tuple[Any, ...]:
    return importlib.import_module, (self.__name__,)


def offers(module: Namespace, name: str) -> bool:
  """Whether a module has a name, told without importing what is behind it.

  Raises:
    AttributeError: It is one of the names that something else took the place
      of; the message says what.
  """
  if name in module._missing:  # noqa: SLF001 - the class is this module's
    getattr(module, name)  # says what took its place
  return name in vars(module) or name in module._places  # noqa: SLF001


class PlaceError(LookupError):
  """There is no such module, or nothing of that name in it."""


def resolve(place: str) -> Any:
  """The object at a place: 'module:name.of.attribute' or 'module'.

  Raises:
    PlaceError: The module or the attribute does not exist. An error while the
      module is imported is passed on as it is.
  """
  module_name, _, attributes = place.partition(':')
  if not _exists(module_name):
    raise PlaceError(f'there is no module {module_name}.')
  value = importlib.import_module(module_name)
  if not attributes:
    return value
  try:
    return operator.attrgetter(attributes)(value)
  except AttributeError:
    raise PlaceError(f'{module_name} has no {attributes!r}.') from None


def _exists(module_name: str) -> bool:
  """Whether a module can be found; imports the packages it is in, not it."""
  try:
    return importlib.util.find_spec(module_name) is not None
  except ModuleNotFoundError:
    return False


P = 'tfcompat_estimator.'


def as_is(module: str, names: str) -> dict[str, str]:
  """Names that a module of ours, or 'module:of.it', has as they are."""
  dot = '.' if ':' in module else ':'
  return {name: f'{P}{module}{dot}{name}' for name in names.split()}


def with_suffix(suffix: str, module: str, names: str) -> dict[str, str]:
  """Names after which a module has a suffix."""
  return {name: f'{P}{module}:{name}{suffix}' for name in names.split()}


def renamed(module: str, names: str) -> dict[str, str]:
  """Names that a module has under others: 'name=own' for each."""
  pairs = dict(name.split('=') for name in names.split())
  return {name: f'{P}{module}:{own}' for name, own in pairs.items()}
