"""Says where old names live now: notations for the lists of `paths.py`."""

from tfcompat_estimator.api import places, v1, v2

P = places.P
as_is = places.as_is
renamed = places.renamed

ADAPTERS = P + 'old_paths.adapters:'
MODEL_FNS = P + 'old_paths.model_fns:'
CONSTANTS = P + 'old_paths.constants:'
PARTS = P + 'old_paths.parts:'


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
