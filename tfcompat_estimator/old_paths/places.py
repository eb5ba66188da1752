"""Says where old names live now: notations for the lists of `paths.py`."""

from tfcompat_estimator.api import v1, v2

P = 'tfcompat_estimator.'
ADAPTERS = P + 'old_paths.adapters:'
MODEL_FNS = P + 'old_paths.model_fns:'
CONSTANTS = P + 'old_paths.constants:'
PARTS = P + 'old_paths.parts:'


def as_is(module: str, names: str) -> dict[str, str]:
  """Names that a module of ours, or 'module:of.it', has as they are."""
  dot = '.' if ':' in module else ':'
  return {name: f'{P}{module}{dot}{name}' for name in names.split()}


def renamed(module: str, names: str) -> dict[str, str]:
  """The same under other names: 'old=new' for each."""
  pairs = dict(name.split('=') for name in names.split())
  return {old: f'{P}{module}:{new}' for old, new in pairs.items()}


def constants(prefix: str, names: str) -> dict[str, str]:
  """Constants of an old module, which are in a class of that name."""
  return {name: f'{CONSTANTS}{prefix}.{name}' for name in names.split()}


def parts(names: str) -> dict[str, str]:
  """Functions that `parts.py` has without the underscore."""
  return {name: PARTS + name.removeprefix('_') for name in names.split()}


def both(name: str) -> dict[str, str]:
  """A name whose v2 form ends in V2 in old modules."""
  return {name: v1.ESTIMATOR[name], f'{name}V2': v2.ESTIMATOR[name]}


def of(places: dict[str, str], names: str) -> dict[str, str]:
  """Some of the names of a list of places."""
  return {name: places[name] for name in names.split()}
