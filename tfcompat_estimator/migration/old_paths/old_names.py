"""Reads `old_names.txt`: the old modules, and where their names live now.

The paths are relative to `tensorflow_estimator.python.estimator`, which TF 1.x
called `tensorflow.python.estimator`. Names with an underscore are those that
programs import although they were private. Below `[old module]` stand

    canned.networks.families: _binary_head=V1.binary_class_head _limit=
    .old_tpu: parse_iterations_per_loop
    v2.ESTIMATOR: DNNClassifierV2=DNNClassifier
    modules: estimator head_lib=canned.head
    ! use EstimatorSpec: _gone _gone_too
    ! use another library

that is, where names live (after `=` what they are called there; nothing: the same
without an underscore), with a dot a module of this room, or a list of `api` (`*` is
all of it); the old modules that the module had imported; and what took the place of
names that are gone, or of the whole module.
"""

import pathlib
import re

from tfcompat_estimator.api import namespace, v1, v2

# What the real package's last release was: programs compare it.
VERSION = '2.15.0'

# Old module: {name: where it lives}.
MODULES: dict[str, dict[str, str]] = {}
# Old module: {name: what took its place}.
REPLACED: dict[str, dict[str, str]] = {}
# Old modules that have no successor, and what took their place.
GONE: dict[str, str] = {}
# Old module: {attribute: the old module that it is}.
SIBLINGS: dict[str, dict[str, str]] = {}

_LISTS = {'v1': v1, 'v2': v2}
_HERE = 'migration.old_paths'


def _read(text: str) -> None:
  for block in re.split(r'^\[', text, flags=re.MULTILINE)[1:]:
    module, _, rows = block.partition(']\n')
    found: dict[str, str] = {}
    for row in re.sub(r'\n +', ' ', rows).splitlines():
      key, _, names = row.partition(': ') if ': ' in row else (row, '', '')
      pairs = dict(_pair(name) for name in names.split())
      if not key.startswith('!'):
        found |= _places(module, key, pairs)
      elif pairs:
        reason = dict.fromkeys(pairs, key.removeprefix('! '))
        REPLACED.setdefault(module, {}).update(reason)
      else:
        GONE[module] = key.removeprefix('! ')
    if module not in GONE:
      MODULES[module] = found


def _pair(word: str) -> tuple[str, str]:
  """A name, and what it is called where it lives."""
  name, sign, own = word.partition('=')
  return name, own or (name.lstrip('_') if sign else name)


def _places(module: str, key: str, pairs: dict[str, str]) -> dict[str, str]:
  version, _, listed = key.partition('.')
  if key == 'modules':
    SIBLINGS[module] = pairs
    return {}
  if version in _LISTS:
    places = getattr(_LISTS[version], listed)
    if '*' in pairs:
      return places
    return {name: places[own] for name, own in pairs.items()}
  home = _HERE + key if key.startswith('.') else key
  home = f'{namespace.P}{home}' if not home.startswith('/') else home[1:]
  dot = '.' if ':' in home else ':'
  return {name: f'{home}{dot}{own}' for name, own in pairs.items()}


_read(pathlib.Path(__file__).with_suffix('.txt').read_text('utf-8'))
